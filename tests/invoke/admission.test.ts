import assert from "node:assert/strict";
import { test } from "node:test";
import { Admission, type Permit } from "../../src/invoke/admission.ts";

const throttled = { code: "TooManyRequestsException", status: 429, message: "Rate Exceeded." };

test("the limit is exact: one more is throttled at once", () => {
  const admission = new Admission({ concurrencyMax: 2, graceMs: 60_000 });
  admission.admit();
  admission.admit();
  assert.throws(() => admission.admit(), throttled);
});

test("a released permit is free again, however often it is released", () => {
  const admission = new Admission({ concurrencyMax: 1, graceMs: 60_000 });
  const permit = admission.admit() as Permit;
  permit.release();
  permit.release();
  assert.equal(admission.inUse, 0);
  admission.admit();
  assert.throws(() => admission.admit(), throttled);
});

test("an answered invocation's permit is waited for, by as many as there are such permits", async () => {
  const admission = new Admission({ concurrencyMax: 1, graceMs: 60_000 });
  const first = admission.admit() as Permit;
  first.answered();
  const waiting = admission.admit();
  assert.throws(() => admission.admit(), throttled);
  first.release();
  await waiting;
  assert.equal(admission.inUse, 1);
});

test("a permit that is not given back in time is a throttle", async () => {
  const admission = new Admission({ concurrencyMax: 1, graceMs: 5 });
  const first = admission.admit() as Permit;
  first.answered();
  await assert.rejects(Promise.resolve(admission.admit()), throttled);
  first.release();
  assert.equal(admission.inUse, 0);
});

test("drained resolves with the last release, or after its time", async () => {
  const admission = new Admission({ concurrencyMax: 2, graceMs: 5 });
  const permits = [admission.admit() as Permit, admission.admit() as Permit];
  await admission.drained(5);
  const drained = admission.drained(60_000);
  for (const permit of permits) permit.release();
  await drained;
});
