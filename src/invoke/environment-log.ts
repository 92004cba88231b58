// What one environment says: Lambda's own lines and what its processes print, into its log stream and, where extensions subscribed, as telemetry, in
// the order in which it happened.
//
//   output ──▶ lines ──▶ LogWriter      paused while the writer is under pressure or the rate is used up: the function then blocks
//
// Discipline: whoever writes END or START calls settle() first, so that every printed line lies between its own START and END.

import type { Clock } from "../lib/clock.ts";
import type { LogStreamName, LogWriter } from "../observe/log-writer.ts";
import type { Extension } from "../runtime-api/extension.ts";
import type { Subscription } from "../runtime-api/subscription.ts";
import type { SandboxOutput } from "../sandbox/sandbox.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { Failure, InitPhase, StartedRuntime } from "./log-lines.ts";
import { OutputLimit, type OutputRate } from "./output-limit.ts";
import type { PlatformRecords } from "./platform-records.ts";
import type { InvocationRecord } from "./report.ts";
import type { Run } from "./run.ts";
import { reportDetails, runtimeDoneDetails, tracingOf } from "./run-details.ts";
import type { SystemLines } from "./system-lines.ts";
import type { Tail } from "./tail.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

interface LogParts {
  readonly stream: LogStreamName;
  readonly writer: LogWriter;
  readonly clock: Clock;
  readonly rate: OutputRate;
  readonly lines: SystemLines;
  readonly records: PlatformRecords;
  readonly telemetry: Telemetry;
  /** Whether the function runs in a guest of ours, which marks messages of several lines. */
  readonly hasGuest: boolean;
  /** What REPORT says that it cost; undefined: nothing. */
  readonly costOf: ((record: InvocationRecord) => number) | undefined;
}

interface Source {
  readonly output: SandboxOutput;
  readonly lines: LineSplitter;
}

export class EnvironmentLog {
  readonly #parts: LogParts;
  readonly #telemetry: Telemetry;
  readonly #limit: OutputLimit;
  /** Of the function, and of its extensions where there are any. */
  readonly #sources: Source[] = [];
  #tail: Tail | undefined;
  /** Where several invocations run at one time: of those whose callers want it, by request id. */
  readonly #tails = new Map<string, Tail>();
  #resumeTimer: NodeJS.Timeout | undefined;

  constructor(parts: LogParts) {
    this.#parts = parts;
    this.#telemetry = parts.telemetry;
    this.#limit = new OutputLimit(parts.rate, performance.now());
  }

  capture(output: SandboxOutput, extensionOutput: SandboxOutput | undefined): void {
    this.#listen(output, "function");
    if (extensionOutput !== undefined) this.#listen(extensionOutput, "extension");
  }

  write(line: string): void {
    this.#parts.writer.write(this.#parts.stream, this.#parts.clock.nowMs(), line);
    this.#tail?.add(line);
    if (this.#tails.size > 0) this.#addToTails(line);
  }

  #addToTails(line: string): void {
    for (const [requestId, tail] of this.#tails) if (line.includes(requestId)) tail.add(line);
  }

  // ── an init ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A suppressed init has no line. */
  initStart(runtime: StartedRuntime, phase: InitPhase): void {
    if (phase === "init") this.#writeAll(this.#parts.lines.initStart(runtime));
    if (this.#telemetry.isActive) this.#tell("initStart", this.#parts.records.initStart(runtime, phase));
  }

  initRuntimeDone(phase: InitPhase, failure?: Failure): void {
    if (this.#telemetry.isActive) this.#tell("initRuntimeDone", this.#parts.records.initRuntimeDone(phase, failure));
  }

  /** AWS: the line is left out where a REPORT will tell. */
  initReport(durationMs: number, phase: InitPhase, options: { readonly failure?: Failure; readonly isLogged: boolean }): void {
    if (options.isLogged) this.#writeAll(this.#parts.lines.initReport(durationMs, phase, options.failure));
    if (this.#telemetry.isActive) this.#tell("initReport", this.#parts.records.initReport(durationMs, phase, options.failure));
  }

  /** One line for each, at the end of an init. */
  extensions(extensions: readonly Extension[]): void {
    for (const extension of extensions) {
      this.#writeAll(this.#parts.lines.extension(extension));
      if (this.#telemetry.isActive) this.#tell("extension", this.#parts.records.extension(extension));
    }
  }

  subscribed(name: string, subscription: Subscription): void {
    this.#writeAll(this.#parts.lines.subscription(name, subscription));
    const type = subscription.api === "logs" ? "logsSubscription" : "telemetrySubscription";
    this.#tell(type, this.#parts.records.subscription(name, subscription));
  }

  // ── an invocation ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** START; from now on every line goes into the tail too. */
  begin(run: Run): void {
    if (this.#parts.records.hasRuntimeDone) this.#tail = run.tail;
    else if (run.tail !== undefined) this.#tails.set(run.requestId, run.tail);
    this.#writeAll(this.#parts.lines.start(run.requestId));
    if (this.#telemetry.isActive) this.#tell("start", this.#parts.records.start(run.requestId, tracingOf(run)));
  }

  /** Telemetry alone, and once: extensions wait for it before they ask for the next event. After settle(). */
  runtimeDone(run: Run, status: Failure | undefined): void {
    if (!this.#telemetry.isActive || run.isRuntimeDoneTold || !this.#parts.records.hasRuntimeDone) return;
    run.isRuntimeDoneTold = true;
    const runtimeMs = run.runtimeMs ?? run.durationMs;
    const details = runtimeDoneDetails(run, runtimeMs, this.#parts.clock.nowMs());
    this.#tell("runtimeDone", this.#parts.records.runtimeDone(run.requestId, runtimeMs, status, details));
  }

  /** END and REPORT, after settle(). */
  end(run: Run, measured: InvocationRecord): void {
    const { costOf } = this.#parts;
    const record = costOf === undefined ? measured : { ...measured, costUsd: costOf(measured) };
    this.#writeAll(this.#parts.lines.end(record));
    this.#tail = undefined;
    this.#tails.delete(run.requestId);
    if (!this.#telemetry.isActive) return;
    if (record.failure !== undefined) this.#tell("fault", faultText(record.requestId, record.failure));
    this.#tell("end", { requestId: record.requestId });
    this.#tell("report", this.#parts.records.report(record, reportDetails(run, this.#parts.clock.nowMs())));
  }

  /** Resolves when all that was printed before this call has been written, an unfinished last line included. */
  async settle(): Promise<void> {
    for (const { output } of this.#sources) await output.drained();
    this.#flush();
  }

  close(): void {
    clearTimeout(this.#resumeTimer);
    this.#flush();
    this.#telemetry.close();
  }

  #flush(): void {
    for (const { lines } of this.#sources) lines.flush();
  }

  #tell(type: string, record: object | string): void {
    this.#telemetry.emit("platform", `platform.${type}`, record);
  }

  #listen(output: SandboxOutput, kind: "function" | "extension"): void {
    const onLine = (line: string): void => {
      this.write(line);
      if (this.#telemetry.isActive) this.#telemetry.emit(kind, kind, line);
    };
    const lines = new LineSplitter(onLine, { joinsLines: kind === "function" && this.#parts.hasGuest });
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

  #pause(): void {
    for (const { output } of this.#sources) output.pause();
  }

  #resume(): void {
    if (this.#parts.writer.pressure()) this.#pauseUntilRelief();
    else for (const { output } of this.#sources) output.resume();
  }
}

/** AWS's new style. */
function faultText(requestId: string, { status, errorType }: Failure): string {
  return `RequestId: ${requestId} Status: ${status}${errorType === undefined ? "" : `\tErrorType: ${errorType}`}`;
}
