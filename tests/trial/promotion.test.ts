import assert from "node:assert/strict";
import { test } from "node:test";
import { stepsOf } from "../../src/cli/commands/promote.ts";
import { decide, type Seen } from "../../src/trial/promotion.ts";

const bounds = { errorRateMax: 0.05, slowerMax: 2, differenceMax: 0.01, invocationsMin: 10 };
const steps = [
  { weight: 0.1, holdMs: 100 },
  { weight: 1, holdMs: 100 },
];
const good = { invocations: 100, errors: 0, totalMs: 1_000 };
const fine: Seen = { old: good, new: good, shadow: undefined };
const at = (step: number, seen: Seen = fine, nowMs = 1_000) => decide({ steps, bounds, step, dueAtMs: 1_000 }, seen, nowMs);

test("steps are taken when they are due, and the last one must hold before it is done", () => {
  assert.deepEqual(at(0), { kind: "shift", step: steps[0] });
  assert.deepEqual(at(1, fine, 999), { kind: "wait" });
  assert.deepEqual(at(1), { kind: "shift", step: steps[1] });
  assert.deepEqual(at(2, fine, 999), { kind: "wait" });
  assert.deepEqual(at(2), { kind: "finish" });
});

test("errors, slowness and differences roll it back, also between steps", () => {
  const reasonOf = (seen: Partial<Seen>) => {
    const decision = at(1, { ...fine, ...seen }, 0);
    return decision.kind === "roll-back" ? decision.reason : decision.kind;
  };
  assert.match(reasonOf({ new: { ...good, errors: 6 } }), /^6\.0 % of its invocations failed/);
  assert.match(reasonOf({ new: { ...good, totalMs: 2_100 } }), /^it takes 2\.10 times as long/);
  assert.match(reasonOf({ shadow: { compared: 50, equal: 49 } }), /^2\.0 % of its answers differ/);
});

test("few invocations say nothing, and a version is not blamed for what the old one does as well", () => {
  assert.equal(at(1, { ...fine, new: { invocations: 9, errors: 9, totalMs: 9e9 } }, 0).kind, "wait");
  assert.equal(at(1, { ...fine, shadow: { compared: 9, equal: 0 } }, 0).kind, "wait");
  const bad = { ...good, errors: 50 };
  assert.equal(at(1, { old: bad, new: bad, shadow: undefined }, 0).kind, "wait");
});

test("plans: linear, canary and all", () => {
  const weights = (plan: string) => stepsOf(plan).map(({ weight }) => weight);
  assert.deepEqual(weights("linear:25%:1m"), [0.25, 0.5, 0.75, 1]);
  assert.deepEqual(weights("linear:30%:1m"), [0.3, 0.6, 0.9, 1]);
  assert.deepEqual(weights("canary:0.05:30s"), [0.05, 1]);
  assert.deepEqual(stepsOf("all:10s"), [{ weight: 1, holdMs: 10_000 }]);
  for (const plan of ["linear:0%:1m", "canary:10%", "sideways:10%:1m", "linear:100%:1m"])
    assert.throws(() => stepsOf(plan), /--steps takes/, plan);
});
