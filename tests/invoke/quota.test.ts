import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalPermits } from "../../src/invoke/permits.ts";
import { type Permit, Quota } from "../../src/invoke/quota.ts";

const throttled = {
  code: "TooManyRequestsException",
  status: 429,
  message: "Rate Exceeded.",
  fields: { Reason: "ConcurrentInvocationLimitExceeded", Type: "User" },
};

function quotaOf(max: number, graceMs = 60_000): Quota {
  return new Quota(max, { permits: new LocalPermits(), reason: "ConcurrentInvocationLimitExceeded", graceMs, onRelease() {} });
}

test("the limit is exact: one more is throttled at once", () => {
  const quota = quotaOf(2);
  quota.admit();
  quota.admit();
  assert.throws(() => quota.admit(), throttled);
});

test("a released permit is free again, however often it is released", () => {
  const quota = quotaOf(1);
  const permit = quota.admit() as Permit;
  permit.release();
  permit.release();
  assert.equal(quota.inUse, 0);
  quota.admit();
  assert.throws(() => quota.admit(), throttled);
});

test("an answered invocation's permit is waited for, by as many as there are such permits", async () => {
  const quota = quotaOf(1);
  const first = quota.admit() as Permit;
  first.answered();
  const waiting = quota.admit();
  assert.throws(() => quota.admit(), throttled);
  first.release();
  await waiting;
  assert.equal(quota.inUse, 1);
});

test("a permit that is not given back in time is a throttle", async () => {
  const quota = quotaOf(1, 5);
  const first = quota.admit() as Permit;
  first.answered();
  await assert.rejects(Promise.resolve(quota.admit()), throttled);
  first.release();
  assert.equal(quota.inUse, 0);
});

test("a smaller number lets what runs end first; a larger one serves who waits", async () => {
  const quota = quotaOf(2);
  const [first, second] = [quota.admit() as Permit, quota.admit() as Permit];
  quota.setMax(1);
  assert.equal(quota.excess, 1);
  first.release();
  assert.throws(() => quota.admit(), throttled);
  second.answered();
  const waiting = quota.admit();
  quota.setMax(2);
  await waiting;
  assert.equal(quota.excess, 0);
});

test("a quota of nothing admits nobody, not even after a moment", () => {
  const quota = quotaOf(1);
  (quota.admit() as Permit).answered();
  quota.setMax(0);
  assert.throws(() => quota.admit(), throttled);
});
