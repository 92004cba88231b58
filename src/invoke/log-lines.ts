// The lines that Lambda itself writes into a function's log, in the text format, without their line ends (facts: recorded from AWS).

import { createHash } from "node:crypto";
import type { Subscription } from "../runtime-api/subscription.ts";
import type { Report } from "./report.ts";

export type InitPhase = "init" | "invoke";

export interface Failure {
  readonly status: "error" | "timeout";
  /** "Runtime.ExitError"; none for a timeout. */
  readonly errorType?: string | undefined;
}

export interface StartedRuntime {
  /** "provided:al2023.v1" */
  readonly versionName: string;
  readonly warning?: string;
}

export interface ExtensionReport {
  readonly name: string;
  /** "Ready" when all is well. */
  readonly state: string;
  readonly events: readonly string[];
  readonly errorType: string | undefined;
}

export function runtimeVersionArn(versionName: string, region: string): string {
  return `arn:aws:lambda:${region}::runtime:${createHash("sha256").update(versionName).digest("hex")}`;
}

export function initStartLine(runtime: StartedRuntime, region: string): string {
  const arn = runtimeVersionArn(runtime.versionName, region);
  // AWS: no third part; ours says that an interpreter other than the one asked for runs the function.
  const warning = runtime.warning === undefined ? "" : `\tWARN: ${runtime.warning}`;
  return `INIT_START Runtime Version: ${runtime.versionName}\tRuntime Version ARN: ${arn}${warning}`;
}

/** AWS: what it writes of a provisioned init that succeeded is not recorded; here the same without a status. */
export function initReportLine(durationMs: number, phase: InitPhase, failure?: Failure): string {
  return `INIT_REPORT Init Duration: ${milliseconds(durationMs)} ms\tPhase: ${phase}${failure === undefined ? "" : statusPart(failure)}`;
}

export function extensionLine({ name, state, events, errorType }: ExtensionReport): string {
  const error = errorType === undefined ? "" : `\tError Type: ${errorType}`;
  return `EXTENSION\tName: ${name}\tState: ${state}\tEvents: [${events.join(", ")}]${error}`;
}

export function subscriptionLine(name: string, { api, types }: Pick<Subscription, "api" | "types">): string {
  const names = types.map((type) => type.charAt(0).toUpperCase() + type.slice(1));
  return `${api === "logs" ? "LOGS" : "TELEMETRY"}\tName: ${name}\tState: Subscribed\tTypes: [${names.join(", ")}]`;
}

export function startLine(requestId: string, version: string): string {
  return `START RequestId: ${requestId} Version: ${version}`;
}

export function endLine(requestId: string): string {
  return `END RequestId: ${requestId}`;
}

/** A success ends in a tab, a failure in its status: both as AWS writes them. AWS: there is no cost, and none here unless it is asked for. */
export function reportLine(report: Report): string {
  const cost = report.costUsd === undefined ? "" : `\tCost: ${report.costUsd.toFixed(12)} USD`;
  const init = report.initMs === undefined ? "" : `\tInit Duration: ${milliseconds(report.initMs)} ms`;
  return (
    `REPORT RequestId: ${report.requestId}\tDuration: ${milliseconds(report.durationMs)} ms\tBilled Duration: ${report.billedMs} ms` +
    `\tMemory Size: ${report.memoryMb} MB\tMax Memory Used: ${report.memoryPeakMb} MB${init}${cost}${report.failure === undefined ? "\t" : statusPart(report.failure)}`
  );
}

function statusPart(failure: Failure): string {
  return failure.errorType === undefined ? `\tStatus: ${failure.status}` : `\tStatus: ${failure.status}\tError Type: ${failure.errorType}`;
}

function milliseconds(value: number): string {
  return value.toFixed(2);
}
