import assert from "node:assert/strict";
import { test } from "node:test";
import { PlatformRecords } from "../../src/invoke/platform-records.ts";
import { makeRecord } from "../../src/invoke/report.ts";
import { systemLinesOf } from "../../src/invoke/system-lines.ts";
import { versionOf } from "./data-plane.ts";

const clock = { nowMs: () => Date.UTC(2026, 10, 23, 9) } as Parameters<typeof systemLinesOf>[1];
const linesOf = (version: Parameters<typeof systemLinesOf>[0]) => systemLinesOf(version, clock, new PlatformRecords(version, "on-demand"));
const time = "2026-11-23T09:00:00.000Z";
const json = { ...versionOf("f"), memoryMb: 128, logFormat: "JSON" } as const;
const measured = {
  requestId: "8f507cfc-xmpl-4697-b07a-ac58fc914c95",
  version: json,
  invokedArn: json.functionArn,
  durationMs: 2.901,
  initMs: 10.2,
  memoryPeakBytes: 36 * 1024 * 1024,
  failure: undefined,
  isFunctionError: false,
  endedAtMs: 0,
};
const { requestId } = measured;
const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line));

test("LogFormat JSON: start and report are records of the telemetry schema", () => {
  const lines = linesOf(json);
  assert.deepEqual(parsed(lines.start(requestId)), [{ time, type: "platform.start", record: { requestId, version: "$LATEST" } }]);
  const metrics = { durationMs: 2.9, billedDurationMs: 14, memorySizeMB: 128, maxMemoryUsedMB: 36, initDurationMs: 10.2 };
  assert.deepEqual(parsed(lines.end(makeRecord(measured))), [
    { time, type: "platform.report", record: { requestId, status: "success", metrics } },
  ]);
});

test("SystemLogLevel DEBUG adds runtimeDone; WARN leaves failures only", () => {
  const ends = (systemLogLevel: string, record = makeRecord(measured)) =>
    parsed(linesOf({ ...json, systemLogLevel }).end(record)).map(({ type, record: { status } }) => `${type} ${status}`);
  assert.deepEqual(ends("DEBUG"), ["platform.runtimeDone success", "platform.report success"]);
  assert.deepEqual(ends("WARN"), []);
  assert.deepEqual(linesOf({ ...json, systemLogLevel: "WARN" }).start(requestId), []);
  const timedOut = makeRecord({ ...measured, failure: { status: "timeout" } });
  assert.deepEqual(ends("WARN", timedOut), ["platform.runtimeDone timeout", "platform.report timeout"]);
  const handlerFailed = makeRecord({ ...measured, isFunctionError: true });
  assert.deepEqual(ends("WARN", handlerFailed), ["platform.runtimeDone error", "platform.report error"]);
});

test("an init that failed is reported with its phase and type", () => {
  const failure = { status: "error", errorType: "Runtime.ExitError" } as const;
  const [line] = parsed(linesOf(json).initReport(12.345, "invoke", failure));
  assert.equal(line.type, "platform.initReport");
  assert.deepEqual(line.record, { initializationType: "on-demand", phase: "invoke", ...failure, metrics: { durationMs: 12.35 } });
});

test("the text format is lines, whatever the level", () => {
  const lines = linesOf({ ...json, logFormat: "Text", systemLogLevel: "WARN" });
  assert.deepEqual(lines.start(requestId), [`START RequestId: ${requestId} Version: $LATEST`]);
  assert.match(lines.end(makeRecord(measured))[0]!, /^END RequestId: /);
});
