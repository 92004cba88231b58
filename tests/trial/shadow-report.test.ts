// A shadow's report adds up over nodes, and reads the same whichever answer was compared first.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnswerDifference } from "../../src/trial/compare-answers.ts";
import { addDifferences, emptyReport, mergeReports } from "../../src/trial/shadow-report.ts";

function reportOf(...found: readonly AnswerDifference[][]) {
  const report = emptyReport();
  for (const differences of found) addDifferences(report, differences, () => ({ requestId: "", event: "", primary: "", candidate: "" }));
  return report;
}

const status: AnswerDifference = { kind: "status", path: "" };
const total: AnswerDifference = { kind: "changed", path: "total" };
const at: AnswerDifference = { kind: "changed", path: "at" };

test("differences come by how often they were seen, and in one order where that is the same", () => {
  const named = (reports: Parameters<typeof mergeReports>[0]) =>
    mergeReports(reports).differences.map(({ kind, path, count }) => `${kind} ${path} ${count}`.replace("  ", " "));
  const expected = ["changed total 2", "changed at 1", "status 1"];
  assert.deepEqual(named([reportOf([status], [total]), reportOf([total, at])]), expected);
  assert.deepEqual(named([reportOf([at, total]), reportOf([total], [status])]), expected);
  assert.deepEqual(named([reportOf([total], [status], [total, at])]), expected);
});
