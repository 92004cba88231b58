// What is known about an invocation once it has ended: one record, from which REPORT, metrics, usage and traces are made.

import type { FunctionVersion } from "../functions/version.ts";
import { callUsd } from "../metering/cost.ts";
import type { PriceSheet } from "../metering/prices.ts";
import type { Failure } from "./log-lines.ts";

export interface Report {
  readonly requestId: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memoryMb: number;
  readonly memoryPeakMb: number;
  /** Only for the first invocation of an environment, and not after a suppressed init. */
  readonly initMs?: number | undefined;
  readonly failure?: Failure | undefined;
  /** Only where the operator wants it to be told. */
  readonly costUsd?: number | undefined;
}

/** A report with what metrics and the bill need beside it. `failure` is unset for an error that the handler itself reported. */
export interface InvocationRecord extends Report {
  readonly version: FunctionVersion;
  /** As the caller named it. */
  readonly invokedArn: string;
  readonly endedAtMs: number;
  /** The caller saw X-Amz-Function-Error. */
  readonly isFunctionError: boolean;
  /** AWS charges for those beyond the first 6 MB. */
  readonly streamedBytes: number;
  /** How long extensions worked after the runtime was ready again; only where there are any. */
  readonly extensionsMs?: number | undefined;
}

interface Measured {
  readonly requestId: string;
  readonly version: FunctionVersion;
  readonly invokedArn: string;
  readonly durationMs: number;
  readonly initMs: number | undefined;
  readonly memoryPeakBytes: number;
  readonly failure: Failure | undefined;
  readonly isFunctionError: boolean;
  readonly streamedBytes?: number;
  readonly extensionsMs?: number | undefined;
  readonly endedAtMs: number;
}

const MIB = 1024 * 1024;

/** Since 2025-08 AWS bills init too: ceil(duration + init), in milliseconds. */
export function makeRecord(measured: Measured): InvocationRecord {
  const { version } = measured;
  return {
    requestId: measured.requestId,
    version,
    invokedArn: measured.invokedArn,
    durationMs: measured.durationMs,
    billedMs: Math.max(1, Math.ceil(hundredths(measured.durationMs) + hundredths(measured.initMs ?? 0))),
    memoryMb: version.memoryMb,
    memoryPeakMb: Math.min(version.memoryMb, Math.max(1, Math.ceil(measured.memoryPeakBytes / MIB))),
    initMs: measured.initMs,
    failure: measured.failure,
    isFunctionError: measured.isFunctionError,
    streamedBytes: measured.streamedBytes ?? 0,
    extensionsMs: measured.extensionsMs,
    endedAtMs: measured.endedAtMs,
  };
}

/** What it is going to be on the bill. */
export function recordUsd({ version, billedMs, streamedBytes }: InvocationRecord, sheet: PriceSheet, isProvisioned: boolean): number {
  const { memoryMb, tmpMb, architecture, region } = version;
  return callUsd({ memoryMb, tmpMb, architecture, region, billedMs, streamedBytes, isProvisioned }, sheet);
}

/** As printed: 3.0000000001 ms is shown as 3.00 and must not be billed as 4. */
function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
