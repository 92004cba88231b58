// Totals of functions: bounded, however many functions there are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FUNCTIONS_MAX, OTHERS, Totals } from "../../src/metering/totals.ts";

const record = { durationMs: 10, billedMs: 11, isFunctionError: false };
const named = (name: string) => ({ account: "123456789012", region: "eu-central-1", name });

test("revisions of a function are one, and what is beyond the bound is counted together", () => {
  const totals = new Totals();
  totals.invoked(named("first"), record);
  totals.invoked(named("first"), { ...record, isFunctionError: true, initMs: 5 });
  for (let n = 0; n < FUNCTIONS_MAX + 50; n++) totals.invoked(named(`f${n}`), record);
  const all = [...totals.functions()];
  assert.equal(all.length, FUNCTIONS_MAX + 1);
  assert.deepEqual(all[0], {
    of: named("first"),
    invocations: 2,
    errors: 1,
    throttles: 0,
    inits: 1,
    seconds: 0.02,
    billedSeconds: 0.022,
  });
  assert.deepEqual([all.at(-1)!.of, all.at(-1)!.invocations], [OTHERS, 51]);
  assert.equal(
    totals.durations.counts.reduce((sum, count) => sum + count, 0),
    FUNCTIONS_MAX + 52,
  );
});
