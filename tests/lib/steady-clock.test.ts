// A clock that leaves steps of the machine's clock out, by readings of the test's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SteadyClock, type SteadyClockOptions } from "../../src/lib/steady-clock.ts";

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 1);

function openClock(options: SteadyClockOptions = {}) {
  const at = { machineMs: START_MS, steadyMs: 50, sinceBootMs: 1_050 };
  const steps: number[] = [];
  const clock = new SteadyClock(
    { machine: { nowMs: () => at.machineMs, at: () => () => {} }, steadyMs: () => at.steadyMs, sinceBootMs: () => at.sinceBootMs },
    { onStep: (byMs) => steps.push(byMs), ...options },
  );
  const pass = (ms: number) => {
    at.machineMs += ms;
    at.steadyMs += ms;
    at.sinceBootMs += ms;
    return clock.nowMs();
  };
  return { clock, at, steps, pass };
}

test("it is the machine's clock where nobody sets that", () => {
  const { clock, at, steps, pass } = openClock();
  for (const ms of [1, 10, HOUR_MS]) assert.equal(pass(ms), at.machineMs);
  at.machineMs -= 400; // too little to be apart for
  assert.equal(clock.nowMs(), at.machineMs);
  assert.deepEqual(steps, []);
});

for (const [direction, byMs] of [
  ["forward", 3 * HOUR_MS],
  ["back", -3 * HOUR_MS],
] as const) {
  test(`a machine's clock that is set ${direction} moves it by nothing`, () => {
    const { clock, at, steps, pass } = openClock();
    at.machineMs += byMs;
    assert.equal(clock.nowMs(), START_MS);
    assert.deepEqual(steps, [byMs]);
    assert.equal(pass(10_000), START_MS + 10_000 + Math.sign(byMs) * 1_000); // 10 % nearer
  });

  test(`once set ${direction} it comes together with the machine's clock, and never runs backwards`, () => {
    const { clock, at, pass } = openClock();
    at.machineMs += byMs;
    let beforeMs = clock.nowMs();
    for (let minutes = 0; minutes < 31 * 60; minutes++) {
      const nowMs = pass(60_000);
      assert.ok(nowMs > beforeMs);
      beforeMs = nowMs;
    }
    assert.equal(clock.nowMs(), at.machineMs);
  });
}

test("a clock that was set and set right again is where it was", () => {
  const { clock, at, pass } = openClock();
  at.machineMs += 5 * HOUR_MS;
  clock.nowMs();
  at.machineMs -= 5 * HOUR_MS;
  assert.equal(pass(5_000), START_MS + 5_000);
});

test("time that the machine slept through has passed", () => {
  const { clock, at, steps } = openClock();
  at.machineMs += 8 * HOUR_MS;
  at.sinceBootMs += 8 * HOUR_MS;
  assert.equal(clock.nowMs(), START_MS + 8 * HOUR_MS);
  assert.deepEqual(steps, []);
});

test("a step that comes with a sleep is told apart from it", () => {
  const { clock, at, steps } = openClock();
  at.machineMs += 8 * HOUR_MS - 2 * HOUR_MS;
  at.sinceBootMs += 8 * HOUR_MS;
  assert.equal(clock.nowMs(), START_MS + 8 * HOUR_MS);
  assert.deepEqual(steps, [-2 * HOUR_MS]);
});

test("it begins no earlier than it has been before", () => {
  const { clock, steps } = openClock();
  clock.notBefore(START_MS - HOUR_MS);
  assert.equal(clock.nowMs(), START_MS);
  clock.notBefore(START_MS + HOUR_MS);
  assert.equal(clock.nowMs(), START_MS + HOUR_MS);
  assert.deepEqual(steps, [-HOUR_MS]);
});

test("one that a database corrects does not come together by itself", () => {
  const { at, pass } = openClock({ comesTogether: false });
  at.machineMs += HOUR_MS;
  assert.equal(pass(60_000), START_MS + 60_000);
});
