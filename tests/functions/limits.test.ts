import assert from "node:assert/strict";
import { test } from "node:test";
import { awsLimits, liftLimits } from "../../src/functions/limits.ts";

test("a lifted limit is named together with AWS's own", () => {
  const { limits, broken } = liftLimits({ timeoutSMax: 3_600, memoryMbMax: 10_240 });
  assert.equal(limits.timeoutSMax, 3_600);
  assert.equal(limits.zipBytesMax, awsLimits.zipBytesMax);
  assert.equal(broken.length, 1);
  assert.match(broken[0]!, /^timeoutSMax is 3600 s; on AWS it is 900 \(https:/);
});
