import assert from "node:assert/strict";
import { test } from "node:test";
import { initReportLine, initStartLine, reportLine } from "../../src/invoke/log-lines.ts";
import { makeRecord } from "../../src/invoke/report.ts";
import { versionOf } from "./data-plane.ts";

const measured = {
  requestId: "8f507cfc-xmpl-4697-b07a-ac58fc914c95",
  version: { ...versionOf("f"), memoryMb: 128 },
  invokedArn: "arn:aws:lambda:us-east-1:123456789012:function:f",
  durationMs: 3.0051,
  initMs: undefined,
  memoryPeakBytes: 36 * 1024 * 1024 - 1,
  failure: undefined,
  isFunctionError: false,
  endedAtMs: 0,
};

test("REPORT of a warm invocation, as recorded from AWS", () => {
  assert.equal(
    reportLine(makeRecord({ ...measured, durationMs: 2.9 })),
    "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 2.90 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t",
  );
});

test("init is shown and billed", () => {
  assert.match(
    reportLine(makeRecord({ ...measured, durationMs: 1248.31, initMs: 293.05 })),
    /\tBilled Duration: 1542 ms\t.*\tInit Duration: 293\.05 ms\t$/,
  );
});

test("a failure stands at the end, without a tab behind it", () => {
  const failure = { status: "error", errorType: "Runtime.ExitError" } as const;
  assert.match(
    reportLine(makeRecord({ ...measured, failure })),
    /\tMax Memory Used: 36 MB\tStatus: error\tError Type: Runtime\.ExitError$/,
  );
});

test("what is printed is what is billed: 3.004 ms is 3.00 and costs 3", () => {
  assert.equal(makeRecord({ ...measured, durationMs: 3.004 }).billedMs, 3);
  assert.equal(makeRecord({ ...measured, durationMs: 3.006 }).billedMs, 4);
});

test("an invocation costs at least one millisecond", () => {
  assert.equal(makeRecord({ ...measured, durationMs: 0.001 }).billedMs, 1);
});

test("no more memory is shown than the function has", () => {
  assert.equal(makeRecord({ ...measured, memoryPeakBytes: 10 ** 12 }).memoryPeakMb, 128);
});

test("INIT_REPORT names phase and status", () => {
  assert.equal(
    initReportLine(1236.04, "init", { status: "error", errorType: "Extension.Crash" }),
    "INIT_REPORT Init Duration: 1236.04 ms\tPhase: init\tStatus: error\tError Type: Extension.Crash",
  );
  assert.equal(
    initReportLine(10_000, "invoke", { status: "timeout" }),
    "INIT_REPORT Init Duration: 10000.00 ms\tPhase: invoke\tStatus: timeout",
  );
});

test("INIT_START names the runtime, and warns of an interpreter that was not asked for", () => {
  const plain = initStartLine({ versionName: "provided:al2023.v1" }, "eu-west-1");
  assert.match(
    plain,
    /^INIT_START Runtime Version: provided:al2023\.v1\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:[0-9a-f]{64}$/,
  );
  assert.equal(initStartLine({ versionName: "provided:al2023.v1", warning: "newer" }, "eu-west-1"), `${plain}\tWARN: newer`);
});
