// What Lambda itself writes into a function's log, in the format of its LoggingConfig: lines of text, or JSON records from a level on.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html has the records (facts: lifecycle).

import type { FunctionVersion } from "../functions/version.ts";
import type { Clock } from "../lib/clock.ts";
import {
  type ExtensionReport,
  endLine,
  extensionLine,
  type Failure,
  type InitPhase,
  initReportLine,
  initStartLine,
  reportLine,
  runtimeVersionArn,
  type StartedRuntime,
  startLine,
} from "./log-lines.ts";
import type { InitializationType } from "./ports.ts";
import type { InvocationRecord } from "./report.ts";

/** Each answers the lines to write, without line ends; none where the level is too low. */
export interface SystemLines {
  initStart(runtime: StartedRuntime): readonly string[];
  /** Of an init that failed, and of every one that was not on demand; others are told by REPORT. */
  initReport(durationMs: number, phase: InitPhase, failure?: Failure): readonly string[];
  extension(report: ExtensionReport): readonly string[];
  start(requestId: string): readonly string[];
  end(record: InvocationRecord): readonly string[];
}

export function systemLinesOf(version: FunctionVersion, clock: Clock, initialization: InitializationType = "on-demand"): SystemLines {
  return version.logFormat === "JSON" ? jsonLines(version, clock, initialization) : textLines(version);
}

function textLines({ version, region }: FunctionVersion): SystemLines {
  return {
    initStart: (runtime) => [initStartLine(runtime, region)],
    initReport: (durationMs, phase, failure) => [initReportLine(durationMs, phase, failure)],
    extension: (report) => [extensionLine(report)],
    start: (requestId) => [startLine(requestId, version)],
    end: (record) => [endLine(record.requestId), reportLine(record)],
  };
}

const GOOD = { status: "success" };
const LEVELS = ["DEBUG", "INFO", "WARN"] as const;
type Level = (typeof LEVELS)[number];

/** AWS: initRuntimeDone and initReport of an init that succeeded, which are DEBUG, are never written. */
function jsonLines(
  { name, version, region, systemLogLevel = "INFO" }: FunctionVersion,
  clock: Clock,
  initializationType: string,
): SystemLines {
  const line = (level: Level, type: string, record: object): readonly string[] => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(systemLogLevel as Level)) return [];
    return [JSON.stringify({ time: new Date(clock.nowMs()).toISOString(), type: `platform.${type}`, record })];
  };
  return {
    initStart: ({ versionName: runtimeVersion, warning }) =>
      line("INFO", "initStart", {
        initializationType,
        phase: "init",
        runtimeVersion,
        runtimeVersionArn: runtimeVersionArn(runtimeVersion, region),
        functionName: name,
        functionVersion: version,
        warning,
      }),
    initReport: (durationMs, phase, failure) =>
      line(failure === undefined ? "INFO" : "WARN", "initReport", {
        initializationType,
        phase,
        ...(failure ?? GOOD),
        metrics: { durationMs: rounded(durationMs) },
      }),
    extension: ({ name: extension, state, events, errorType }) =>
      line(errorType === undefined ? "INFO" : "WARN", "extension", { name: extension, state, events, errorType }),
    start: (requestId) => line("INFO", "start", { requestId, version }),
    end(record) {
      const status = record.failure ?? { status: record.isFunctionError ? "error" : "success" };
      const durationMs = rounded(record.durationMs);
      const whole = { requestId: record.requestId, ...status };
      const isGood = status.status === "success";
      return [
        ...line(isGood ? "DEBUG" : "WARN", "runtimeDone", { ...whole, metrics: { durationMs } }),
        ...line(isGood ? "INFO" : "WARN", "report", { ...whole, metrics: { durationMs, ...otherMetrics(record) } }),
      ];
    },
  };
}

function otherMetrics({ billedMs, memoryMb, memoryPeakMb, initMs }: InvocationRecord) {
  const initDurationMs = initMs === undefined ? undefined : rounded(initMs);
  return { billedDurationMs: billedMs, memorySizeMB: memoryMb, maxMemoryUsedMB: memoryPeakMb, initDurationMs };
}

/** To the hundredth, as in the text format. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
