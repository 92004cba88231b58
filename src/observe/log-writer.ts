// Where an environment's output goes. Written in batches; what was written in the last second may be lost in a crash (SPECIFICATION.md).

export interface LogStreamName {
  readonly account: string;
  readonly region: string;
  readonly group: string;
  readonly stream: string;
  /** What every line of this stream ends with in its event. "\n" unless given: AWS keeps it, except for functions with LogFormat JSON (""). */
  readonly lineEnd?: "\n" | "";
}

export interface LogWriter {
  /** One event; `message` without its line end. Never blocks and never throws; a full buffer is what `pressure()` tells. */
  write(to: LogStreamName, timestampMs: number, message: string): void;
  /** True while the buffer is fuller than its limit: whoever produces output pauses until `onRelief` calls back. */
  pressure(): boolean;
  onRelief(call: () => void): void;
}
