import assert from "node:assert/strict";
import { test } from "node:test";
import { Admission, type Ahead } from "../../src/invoke/admission.ts";
import { LocalPermits } from "../../src/invoke/permits.ts";
import type { Permit } from "../../src/invoke/quota.ts";
import { versionOf } from "./data-plane.ts";

const [one, two] = [versionOf("one"), { ...versionOf("two"), functionId: 2 }];
const place = { account: one.account, region: one.region };
const sharedIsUp = { fields: { Reason: "ConcurrentInvocationLimitExceeded", Type: "User" } };
const reservedIsUp = { fields: { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded", Type: "User" } };

function admissionOf(concurrencyMax: number): Admission {
  return new Admission({ concurrencyMax, graceMs: 60_000 });
}

test("the limit is one for each account and region", () => {
  const admission = admissionOf(1);
  admission.admit(one);
  assert.throws(() => admission.admit(two), sharedIsUp);
  admission.admit({ ...one, account: "111111111111" });
  admission.admit({ ...one, region: "us-east-1" });
  assert.equal(admission.running, 3);
});

test("reserved concurrency is a ceiling for its function and a floor that others cannot take", () => {
  const admission = admissionOf(3);
  admission.setOwn({ ...place, functionId: 1, reserved: 2, provisioned: 0 });
  admission.admit(two);
  assert.throws(() => admission.admit(two), sharedIsUp);
  admission.admit(one);
  admission.admit(one);
  assert.throws(() => admission.admit(one), reservedIsUp);
});

test("reserving nothing at all turns a function off", () => {
  const admission = admissionOf(3);
  admission.setOwn({ ...place, functionId: 1, reserved: 0, provisioned: 0 });
  assert.throws(() => admission.admit(one), reservedIsUp);
  admission.admit(two);
});

test("what is given up can be taken by all again", () => {
  const admission = admissionOf(1);
  admission.setOwn({ ...place, functionId: 1, reserved: 1, provisioned: 0 });
  assert.throws(() => admission.admit(two), sharedIsUp);
  admission.setOwn({ ...place, functionId: 1, reserved: undefined, provisioned: 0 });
  admission.admit(two);
  assert.throws(() => admission.admit(one), sharedIsUp);
});

test("provisioned concurrency is part of what is reserved, or else taken from all", () => {
  const admission = admissionOf(4);
  admission.setOwn({ ...place, functionId: 1, reserved: 2, provisioned: 2 });
  assert.throws(() => admission.admit(one), reservedIsUp);
  admission.setOwn({ ...place, functionId: 2, reserved: undefined, provisioned: 1 });
  admission.admit(two);
  assert.throws(() => admission.admit(two), sharedIsUp);
});

test("over several nodes as many permits as are provisioned go with the environments", async () => {
  const admission = new Admission({ concurrencyMax: 10, graceMs: 60_000 }, () => new LocalPermits());
  admission.setOwn({ ...place, functionId: 1, reserved: 3, provisioned: 2 });
  const ahead = async () => (await admission.admitProvisioned(one))?.begin();
  const permits = [await ahead(), await ahead()];
  assert.equal(await ahead(), undefined);
  admission.admit(one);
  assert.throws(() => admission.admit(one), reservedIsUp);
  permits[0]?.release();
  assert.ok(await ahead());
  assert.equal(admission.running, 3);
});

test("what runs under former numbers is an excess until it ends", () => {
  const admission = admissionOf(4);
  const permits = [admission.admit(one), admission.admit(one), admission.admit(one)] as Permit[];
  admission.setOwn({ ...place, functionId: 2, reserved: undefined, provisioned: 3 });
  assert.equal(admission.excess(two), 2);
  for (const permit of permits) permit.release();
  assert.equal(admission.excess(two), 0);
});

test("drained resolves with the last release, or after its time", async () => {
  const admission = admissionOf(2);
  const permits = [admission.admit(one) as Permit, ((await admission.admitProvisioned(one)) as Ahead).begin()];
  await admission.drained(5);
  const drained = admission.drained(60_000);
  for (const permit of permits) permit.release();
  await drained;
});
