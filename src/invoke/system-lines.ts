// What Lambda itself writes into a function's log, in the format of its LoggingConfig: lines of text, or JSON records from a level on.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html has the records (facts: lifecycle).

import type { FunctionVersion } from "../functions/version.ts";
import type { Clock } from "../lib/clock.ts";
import type { Subscription } from "../runtime-api/subscription.ts";
import {
  type ExtensionReport,
  endLine,
  extensionLine,
  type Failure,
  type InitPhase,
  initReportLine,
  initStartLine,
  reportLine,
  type StartedRuntime,
  startLine,
  subscriptionLine,
} from "./log-lines.ts";
import { type PlatformRecords, statusOf } from "./platform-records.ts";
import type { InvocationRecord } from "./report.ts";

/** Each answers the lines to write, without line ends; none where the level is too low. */
export interface SystemLines {
  initStart(runtime: StartedRuntime): readonly string[];
  /** Of an init that failed, and of every one that was not on demand; others are told by REPORT. */
  initReport(durationMs: number, phase: InitPhase, failure?: Failure): readonly string[];
  extension(report: ExtensionReport): readonly string[];
  subscription(name: string, subscription: Subscription): readonly string[];
  start(requestId: string): readonly string[];
  end(record: InvocationRecord): readonly string[];
}

export function systemLinesOf(version: FunctionVersion, clock: Clock, records: PlatformRecords): SystemLines {
  return version.logFormat === "JSON" ? jsonLines(version, clock, records) : textLines(version);
}

function textLines({ version, region }: FunctionVersion): SystemLines {
  return {
    initStart: (runtime) => [initStartLine(runtime, region)],
    initReport: (durationMs, phase, failure) => [initReportLine(durationMs, phase, failure)],
    extension: (report) => [extensionLine(report)],
    subscription: (name, subscription) => [subscriptionLine(name, subscription)],
    start: (requestId) => [startLine(requestId, version)],
    end: (record) => [endLine(record.requestId), reportLine(record)],
  };
}

const LEVELS = ["DEBUG", "INFO", "WARN"] as const;
type Level = (typeof LEVELS)[number];

/** AWS: initRuntimeDone and initReport of an init that succeeded, which are DEBUG, are never written. */
function jsonLines({ systemLogLevel = "INFO" }: FunctionVersion, clock: Clock, records: PlatformRecords): SystemLines {
  const line = (level: Level, type: string, record: object): readonly string[] => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(systemLogLevel as Level)) return [];
    return [JSON.stringify({ time: new Date(clock.nowMs()).toISOString(), type: `platform.${type}`, record })];
  };
  return {
    initStart: (runtime) => line("INFO", "initStart", records.initStart(runtime, "init")),
    initReport: (durationMs, phase, failure) =>
      line(failure === undefined ? "INFO" : "WARN", "initReport", records.initReport(durationMs, phase, failure)),
    extension: (report) => line(report.errorType === undefined ? "INFO" : "WARN", "extension", records.extension(report)),
    subscription: (name, subscription) =>
      line("INFO", subscription.api === "logs" ? "logsSubscription" : "telemetrySubscription", records.subscription(name, subscription)),
    start: (requestId) => line("INFO", "start", records.start(requestId)),
    end(record) {
      const status = statusOf(record);
      const report = line(status === undefined ? "INFO" : "WARN", "report", records.report(record));
      if (!records.hasRuntimeDone) return report;
      const done = records.runtimeDone(record.requestId, record.durationMs, status);
      return [...line(status === undefined ? "DEBUG" : "WARN", "runtimeDone", done), ...report];
    },
  };
}
