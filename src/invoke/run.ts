// One invocation inside one environment: when it began, what the caller was told, and the record of it at its end.
//
//   init ──▶ running ──▶ ending          init: only after a reset, when the runtime is started again in the invocation's own time
//
// The first answer wins. A caller who asked for the log's tail is answered at the end, everyone else at once.

import { ServiceError } from "../lib/errors.ts";
import type { RuntimeEvent } from "../runtime-api/runtime-event.ts";
import type { Invocation, InvocationResult } from "./invocation.ts";
import type { Failure } from "./log-lines.ts";
import type { Outcome } from "./outcome.ts";
import { type InvocationRecord, makeRecord } from "./report.ts";
import { Tail } from "./tail.ts";

const EMPTY_EVENT = Buffer.from("{}");

export class Run {
  readonly invocation: Invocation;
  readonly answered: Promise<InvocationResult>;
  readonly tail: Tail | undefined;
  phase: "waiting" | "init" | "running" | "ending" = "waiting";
  startedMs = 0;
  /** Set where something other than the handler's own answer ended it. */
  failure: Failure | undefined;
  /** When it was answered, in performance.now(); set only where telemetry tells it. */
  answeredMs: number | undefined;
  /** From the start until the runtime was at /next again; set only where extensions work longer, or telemetry tells it. */
  runtimeMs: number | undefined;
  isRuntimeDoneTold = false;
  readonly #onEnd: (record: InvocationRecord | undefined) => void;
  #resolve!: (result: InvocationResult) => void;
  #reject!: (error: Error) => void;
  #outcome: Outcome | undefined;
  #durationMs = 0;

  /** `onEnd` is called once: with the record, or without one if the platform failed. */
  constructor(invocation: Invocation, onEnd: (record: InvocationRecord | undefined) => void) {
    this.invocation = invocation;
    this.tail = invocation.tail ? new Tail() : undefined;
    this.#onEnd = onEnd;
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get requestId(): string {
    return this.invocation.requestId;
  }

  /** Of a streamed answer so far, of another once it is there. */
  get producedBytes(): number | undefined {
    const { stream } = this.invocation;
    return stream?.hasBegun ? stream.streamedBytes : this.#outcome?.payload.length;
  }

  /** A handler's own error, as telemetry tells it when the runtime is done. */
  get isError(): boolean {
    return this.#outcome?.isError ?? false;
  }

  /** Once the clock has stopped. */
  get durationMs(): number {
    return this.#durationMs;
  }

  /** As the runtime gets it now. `invocationId` is new for each delivery. */
  event(timeoutMs: number, invocationId: string): RuntimeEvent {
    const { requestId, invokedArn, payload, traceHeader, clientContext, stream } = this.invocation;
    return {
      requestId,
      deadlineMs: Date.now() + Math.round(this.startedMs + timeoutMs - performance.now()),
      invokedArn,
      payload: payload.length === 0 ? EMPTY_EVENT : payload,
      invocationId,
      traceHeader,
      clientContext,
      stream,
    };
  }

  answer(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    if (this.tail === undefined) this.#resolve(this.#result(outcome));
  }

  /** The clock stops; log lines and the record follow. */
  stopClock(durationMs: number): void {
    this.phase = "ending";
    this.#durationMs = durationMs;
  }

  record(measured: {
    readonly initMs: number | undefined;
    readonly memoryPeakBytes: number;
    readonly endedAtMs: number;
    /** There are extensions, which may have worked longer than the runtime. */
    readonly hasExtensions?: boolean;
  }): InvocationRecord {
    return makeRecord({
      ...measured,
      requestId: this.requestId,
      version: this.invocation.version,
      invokedArn: this.invocation.invokedArn,
      durationMs: this.#durationMs,
      failure: this.failure,
      isFunctionError: this.#outcome?.isError ?? true,
      streamedBytes: this.invocation.stream?.streamedBytes ?? 0,
      extensionsMs: measured.hasExtensions ? Math.max(0, this.#durationMs - (this.runtimeMs ?? this.#durationMs)) : undefined,
    });
  }

  /** It is reported. True: its record is for whoever made it alone, and goes into no bill and no metric. */
  end(record: InvocationRecord): boolean {
    const outcome = this.#outcome;
    if (outcome !== undefined && this.tail !== undefined) this.#resolve({ ...this.#result(outcome), logTail: this.tail.toString() });
    this.#onEnd(record);
    return this.invocation.onRecord?.(record) ?? false;
  }

  /** The platform could not run it to its end. */
  abort(): void {
    this.phase = "ending";
    if (this.#outcome !== undefined && this.tail !== undefined) this.#resolve(this.#result(this.#outcome));
    this.#reject(environmentEnded());
    this.#onEnd(undefined);
    this.invocation.onRecord?.(undefined);
  }

  #result(outcome: Outcome): InvocationResult {
    return {
      payload: outcome.payload,
      executedVersion: this.invocation.version.version,
      ...(outcome.contentType === undefined ? {} : { contentType: outcome.contentType }),
      ...(outcome.isError ? { functionError: "Unhandled" } : {}),
    };
  }
}

/** What an invocation ends with whose environment ended before it was answered, or before it was reported. */
export function environmentEnded(): ServiceError {
  return new ServiceError("ServiceException", 500, "The execution environment ended before the invocation did.");
}
