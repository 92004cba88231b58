import assert from "node:assert/strict";
import { test } from "node:test";
import { traceHeaderFor } from "../../src/invoke/trace-header.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { systemRandom } from "../../src/lib/random.ts";

const ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f";
const headerFor = (callers: string | undefined) => traceHeaderFor(callers, ARN, { clock: systemClock, random: systemRandom });
const NEW = /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0$/;

for (const callers of [undefined, "", "Self=1", "Root=1-5759e988-short", "Sampled=yes"]) {
  test(`a trace begins where the caller has none: ${JSON.stringify(callers)}`, () => {
    assert.match(headerFor(callers), NEW);
    assert.notEqual(headerFor(callers), headerFor(callers));
  });
}

test("the caller's trace goes on with a parent of ours", () => {
  const header = headerFor("Parent=53995c3f42cd8ad8;Root=1-5759e988-bd862e3fe1be46a994272793; Sampled=1");
  assert.match(header, /^Root=1-5759e988-bd862e3fe1be46a994272793;Parent=[0-9a-f]{16};Sampled=1;Lineage=1:[0-9a-f]{8}:0$/);
  assert.doesNotMatch(header, /53995c3f42cd8ad8/);
});
