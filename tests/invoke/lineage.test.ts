import assert from "node:assert/strict";
import { test } from "node:test";
import { isRunaway } from "../../src/invoke/lineage.ts";
import { traceHeaderFor } from "../../src/invoke/trace-header.ts";
import { systemClock as clock } from "../../src/lib/clock.ts";
import { systemRandom as random } from "../../src/lib/random.ts";

const arn = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;

/** How many invocations run before one is stopped, when these functions bring about each other in a circle after those. */
function runsOf(circle: readonly string[], before: readonly string[] = []): number {
  let header: string | undefined;
  for (let run = 0; run < 10_000; run++) {
    const name = before[run] ?? circle[(run - before.length) % circle.length]!;
    header = traceHeaderFor(header, arn(name), { clock, random });
    if (isRunaway(header, arn(name))) return run;
  }
  return Number.POSITIVE_INFINITY;
}

test("a function that brings about itself runs 16 times", () => {
  assert.equal(runsOf(["a"]), 16);
});

test("a circle of functions goes round 16 times or little more", () => {
  for (const circle of [
    ["a", "b"],
    ["a", "b", "c"],
  ]) {
    const rounds = runsOf(circle) / circle.length;
    assert.ok(rounds >= 16 && rounds <= 18, `${rounds} rounds of ${circle}`);
  }
});

test("a circle is found whatever came before it, at the latest when as many have run again", () => {
  for (const length of [1, 2, 5, 17]) {
    const before = Array.from({ length }, (_, index) => `once${index}`);
    for (const circle of [["a"], ["a", "b"], ["a", "b", "c", "d", "e"]]) {
      const runs = runsOf(circle, before) - length;
      assert.ok(runs >= 16 && runs <= 16 * circle.length + 2 * length + circle.length, `${circle} after ${length}: ${runs}`);
    }
  }
});

test("a chain without a circle is never stopped", () => {
  let header: string | undefined;
  for (let run = 0; run < 40_000; run++) {
    header = traceHeaderFor(header, arn(`fn${run}`), { clock, random });
    assert.ok(!isRunaway(header, arn(`fn${run}`)));
  }
});

test("a lineage that is none begins a new one", () => {
  for (const field of ["", "Lineage=x", "Lineage=1:zzzzzzzz:0", "Lineage=99999999:00000000:0"])
    assert.match(
      traceHeaderFor(`Root=1-5759e988-bd862e3fe1be46a994272793;${field}`, arn("a"), { clock, random }),
      /;Lineage=1:[0-9a-f]{8}:0$/,
    );
});
