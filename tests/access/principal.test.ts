// The names of principals.

import assert from "node:assert/strict";
import { test } from "node:test";
import { awsManagedPolicies } from "../../src/access/aws-managed-policies.ts";
import { checkPermissionsPolicy } from "../../src/access/policy-document.ts";
import { accountOf, namesPrincipal, parseRoleArn, roleArn, sessionArn } from "../../src/access/principal.ts";

test("a role's ARN is taken apart and put together again", () => {
  const arn = "arn:aws:iam::123456789012:role/service-role/deep/worker";
  const role = parseRoleArn(arn);
  assert.deepEqual(role, { account: "123456789012", path: "/service-role/deep/", name: "worker" });
  assert.equal(roleArn(role), arn);
  assert.equal(sessionArn(role, "s"), "arn:aws:sts::123456789012:assumed-role/worker/s");
});

test("what is no role's ARN is not taken for one", () => {
  const others = [
    "worker",
    "arn:aws:iam::12345678901:role/worker",
    "arn:aws:iam::123456789012:user/worker",
    "arn:aws:iam::123456789012:role/",
    "arn:aws:iam::123456789012:role/a b",
    "arn:aws:s3:::123456789012:role/worker",
  ];
  for (const arn of others) assert.equal(parseRoleArn(arn), undefined, arn);
});

test("a principal's account stands in its ARN", () => {
  assert.equal(accountOf("arn:aws:iam::123456789012:root"), "123456789012");
  assert.equal(accountOf("arn:aws-cn:sts::210987654321:assumed-role/worker/s"), "210987654321");
  assert.equal(accountOf("arn:aws:iam::aws:policy/x"), undefined);
});

test("every policy of AWS's is a policy that could be made", () => {
  for (const { document } of awsManagedPolicies.values()) checkPermissionsPolicy(document, "managed");
});

for (const [principal, isNamed] of [
  ["*", true],
  ["arn:aws:iam::123456789012:root", true],
  ["arn:aws:iam::210987654321:root", false],
  ["arn:aws:sts::123456789012:assumed-role/worker/session", true],
  ["arn:aws:sts::123456789012:assumed-role/worker/another", false],
  ["arn:aws:iam::123456789012:role/worker", true],
  ["arn:aws:iam::123456789012:role/path/worker", true],
  ["arn:aws:iam::123456789012:role/work", false],
  ["arn:aws:iam::210987654321:role/worker", false],
  ["s3.amazonaws.com", false],
] as const) {
  test(`the principal ${principal} names a session of worker: ${isNamed}`, () => {
    const caller = { account: "123456789012", principalArn: "arn:aws:sts::123456789012:assumed-role/worker/session" };
    assert.equal(namesPrincipal(principal, caller), isNamed);
  });
}
