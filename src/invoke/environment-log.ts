// The log stream of one environment: Lambda's own lines and what the processes print, in the order in which they happened.
//
//   output ──▶ lines ──▶ LogWriter      paused while the writer is under pressure or the rate is used up: the function then blocks
//
// Discipline: whoever writes END or START calls settle() first, so that every printed line lies between its own START and END.

import type { Clock } from "../lib/clock.ts";
import type { LogStreamName, LogWriter } from "../observe/log-writer.ts";
import type { SandboxOutput } from "../sandbox/sandbox.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { Failure, InitPhase, StartedRuntime } from "./log-lines.ts";
import { OutputLimit, type OutputRate } from "./output-limit.ts";
import type { InvocationRecord } from "./report.ts";
import type { SystemLines } from "./system-lines.ts";
import type { Tail } from "./tail.ts";

interface LogParts {
  readonly stream: LogStreamName;
  readonly writer: LogWriter;
  readonly clock: Clock;
  readonly rate: OutputRate;
  readonly lines: SystemLines;
}

export class EnvironmentLog {
  readonly #parts: LogParts;
  readonly #lines = new LineSplitter((line) => this.write(line));
  readonly #limit: OutputLimit;
  #output: SandboxOutput | undefined;
  #tail: Tail | undefined;
  #resumeTimer: NodeJS.Timeout | undefined;

  constructor(parts: LogParts) {
    this.#parts = parts;
    this.#limit = new OutputLimit(parts.rate, performance.now());
  }

  capture(output: SandboxOutput): void {
    this.#output = output;
    output.onData((bytes) => this.#take(bytes));
  }

  write(line: string): void {
    this.#parts.writer.write(this.#parts.stream, this.#parts.clock.nowMs(), line);
    this.#tail?.add(line);
  }

  initStart(runtime: StartedRuntime): void {
    this.#writeAll(this.#parts.lines.initStart(runtime));
  }

  initReport(durationMs: number, phase: InitPhase, failure?: Failure): void {
    this.#writeAll(this.#parts.lines.initReport(durationMs, phase, failure));
  }

  /** START; from now on every line goes into `tail` too. */
  begin(requestId: string, tail: Tail | undefined): void {
    this.#tail = tail;
    this.#writeAll(this.#parts.lines.start(requestId));
  }

  /** END and REPORT, after settle(). */
  end(record: InvocationRecord): void {
    this.#writeAll(this.#parts.lines.end(record));
    this.#tail = undefined;
  }

  /** Resolves when all that was printed before this call has been written, an unfinished last line included. */
  async settle(): Promise<void> {
    await this.#output?.drained();
    this.#lines.flush();
  }

  close(): void {
    clearTimeout(this.#resumeTimer);
    this.#lines.flush();
  }

  #writeAll(lines: readonly string[]): void {
    for (const line of lines) this.write(line);
  }

  #take(bytes: Buffer): void {
    this.#lines.push(bytes);
    const waitMs = this.#limit.spend(bytes.length, performance.now());
    if (waitMs > 0) this.#pauseFor(waitMs);
    else if (this.#parts.writer.pressure()) this.#pauseUntilRelief();
  }

  #pauseFor(waitMs: number): void {
    this.#output?.pause();
    clearTimeout(this.#resumeTimer);
    this.#resumeTimer = setTimeout(() => this.#resume(), waitMs).unref();
  }

  #pauseUntilRelief(): void {
    this.#output?.pause();
    this.#parts.writer.onRelief(() => this.#resume());
  }

  #resume(): void {
    if (this.#parts.writer.pressure()) this.#pauseUntilRelief();
    else this.#output?.resume();
  }
}
