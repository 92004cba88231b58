// The log stream of one environment: Lambda's own lines and what the processes print, in the order in which they happened.
//
//   output ──▶ lines ──▶ LogWriter      paused while the writer is under pressure or the rate is used up: the function then blocks
//
// Discipline: whoever writes END or START calls settle() first, so that every printed line lies between its own START and END.

import type { Clock } from "../lib/clock.ts";
import type { LogStreamName, LogWriter } from "../observe/log-writer.ts";
import type { Extension } from "../runtime-api/extension.ts";
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

interface Source {
  readonly output: SandboxOutput;
  readonly lines: LineSplitter;
}

export class EnvironmentLog {
  readonly #parts: LogParts;
  /** Of the function, and of its extensions where there are any. */
  readonly #sources: Source[] = [];
  readonly #limit: OutputLimit;
  #tail: Tail | undefined;
  #resumeTimer: NodeJS.Timeout | undefined;

  constructor(parts: LogParts) {
    this.#parts = parts;
    this.#limit = new OutputLimit(parts.rate, performance.now());
  }

  capture(output: SandboxOutput, extensionOutput: SandboxOutput | undefined): void {
    this.#listen(output);
    if (extensionOutput !== undefined) this.#listen(extensionOutput);
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

  /** One line for each, at the end of an init. */
  extensions(extensions: readonly Extension[]): void {
    for (const extension of extensions) this.#writeAll(this.#parts.lines.extension(extension));
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
    const [first, ...others] = this.#sources;
    await first?.output.drained();
    for (const { output } of others) await output.drained();
    this.#flush();
  }

  close(): void {
    clearTimeout(this.#resumeTimer);
    this.#flush();
  }

  #flush(): void {
    for (const { lines } of this.#sources) lines.flush();
  }

  #listen(output: SandboxOutput): void {
    const lines = new LineSplitter((line) => this.write(line));
    this.#sources.push({ output, lines });
    output.onData((bytes) => this.#take(lines, bytes));
  }

  #writeAll(lines: readonly string[]): void {
    for (const line of lines) this.write(line);
  }

  #take(lines: LineSplitter, bytes: Buffer): void {
    lines.push(bytes);
    const waitMs = this.#limit.spend(bytes.length, performance.now());
    if (waitMs > 0) this.#pauseFor(waitMs);
    else if (this.#parts.writer.pressure()) this.#pauseUntilRelief();
  }

  #pauseFor(waitMs: number): void {
    this.#pause();
    clearTimeout(this.#resumeTimer);
    this.#resumeTimer = setTimeout(() => this.#resume(), waitMs).unref();
  }

  #pauseUntilRelief(): void {
    this.#pause();
    this.#parts.writer.onRelief(() => this.#resume());
  }

  #resume(): void {
    if (this.#parts.writer.pressure()) this.#pauseUntilRelief();
    else for (const { output } of this.#sources) output.resume();
  }

  #pause(): void {
    for (const { output } of this.#sources) output.pause();
  }
}
