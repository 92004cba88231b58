// The records of the platform's events, as the JSON log format and the Telemetry API have them.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html

import type { FunctionVersion } from "../functions/version.ts";
import type { Subscription } from "../runtime-api/subscription.ts";
import { type ExtensionReport, type Failure, type InitPhase, runtimeVersionArn, type StartedRuntime } from "./log-lines.ts";
import type { InitializationType } from "./ports.ts";
import type { InvocationRecord } from "./report.ts";

export interface Span {
  readonly name: "responseLatency" | "responseDuration" | "runtimeOverhead" | "extensionOverhead";
  readonly start: string;
  readonly durationMs: number;
}

/** What Telemetry tells of an invocation beyond what the log does. */
export interface InvocationDetails {
  readonly spans?: readonly Span[];
  readonly producedBytes?: number | undefined;
  readonly tracing?: object | undefined;
}

const GOOD = { status: "success" };

export class PlatformRecords {
  readonly #version: FunctionVersion;
  readonly #initializationType: InitializationType;

  constructor(version: FunctionVersion, initializationType: InitializationType) {
    this.#version = version;
    this.#initializationType = initializationType;
  }

  /** AWS: several invocations of one environment at a time have no such event, and less in their reports. */
  get hasRuntimeDone(): boolean {
    return this.#initializationType !== "lambda-managed-instances";
  }

  initStart({ versionName: runtimeVersion, warning }: StartedRuntime, phase: InitPhase): object {
    return {
      initializationType: this.#initializationType,
      phase,
      runtimeVersion,
      runtimeVersionArn: runtimeVersionArn(runtimeVersion, this.#version.region),
      functionName: this.#version.name,
      functionVersion: this.#version.version,
      warning,
    };
  }

  initRuntimeDone(phase: InitPhase, failure?: Failure): object {
    return { initializationType: this.#initializationType, phase, ...(failure ?? GOOD) };
  }

  initReport(durationMs: number, phase: InitPhase, failure?: Failure): object {
    const metrics = { durationMs: rounded(durationMs) };
    return { initializationType: this.#initializationType, phase, ...(failure ?? GOOD), metrics };
  }

  extension({ name, state, events, errorType }: ExtensionReport): object {
    return { name, state, events, errorType };
  }

  subscription(name: string, { types }: Pick<Subscription, "types">): object {
    return { name, state: "Subscribed", types };
  }

  start(requestId: string, tracing?: object): object {
    return { requestId, version: this.#version.version, tracing };
  }

  runtimeDone(requestId: string, durationMs: number, status: Failure | undefined, details: InvocationDetails = {}): object {
    const { spans, producedBytes, tracing } = details;
    const metrics = { durationMs: rounded(durationMs), producedBytes };
    return { requestId, ...(status ?? GOOD), metrics, spans, tracing };
  }

  report(record: InvocationRecord, { spans, tracing }: InvocationDetails = {}): object {
    const metrics = { durationMs: rounded(record.durationMs), ...(this.hasRuntimeDone ? otherMetrics(record) : {}) };
    return { requestId: record.requestId, ...(statusOf(record) ?? GOOD), metrics, spans, tracing };
  }
}

/** A handler's own error counts here, unlike in REPORT. Undefined: success. */
export function statusOf({ failure, isFunctionError }: InvocationRecord): Failure | undefined {
  return failure ?? (isFunctionError ? { status: "error" } : undefined);
}

function otherMetrics({ billedMs, memoryMb, memoryPeakMb, initMs, costUsd }: InvocationRecord) {
  const initDurationMs = initMs === undefined ? undefined : rounded(initMs);
  return { billedDurationMs: billedMs, memorySizeMB: memoryMb, maxMemoryUsedMB: memoryPeakMb, initDurationMs, costUsd };
}

/** To the hundredth, as in the text format. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
