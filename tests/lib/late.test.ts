import assert from "node:assert/strict";
import { test } from "node:test";
import { Late } from "../../src/lib/late.ts";

test("what is late is made once, by whoever needs it first, and then there without a promise", async () => {
  let makings = 0;
  const late = new Late(async () => ({ number: ++makings }));
  const both = await Promise.all([late.get(), late.get()]);
  assert.deepEqual(both, [{ number: 1 }, { number: 1 }]);
  assert.equal(late.get(), both[0]);
});

test("what could not be made is tried again", async () => {
  let tries = 0;
  const late = new Late(async () => {
    if (++tries === 1) throw new Error("not now");
    return { tries };
  });
  await assert.rejects(async () => late.get(), /not now/);
  assert.deepEqual(await late.get(), { tries: 2 });
});

test("who only takes it apart makes none", async () => {
  let makings = 0;
  const late = new Late(async () => ({ number: ++makings }));
  assert.equal(await late.ifNeeded(), undefined);
  const making = late.get();
  assert.deepEqual(await late.ifNeeded(), { number: 1 });
  assert.deepEqual(await making, { number: 1 });
  assert.equal(makings, 1);
});
