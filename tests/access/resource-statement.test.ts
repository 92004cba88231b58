// Whom a statement of a resource policy lets do what.

import assert from "node:assert/strict";
import { test } from "node:test";
import { grants } from "../../src/access/resource-statement.ts";

const ACTION = "lambda:InvokeFunction";
const alice = { account: "111111111111", principalArn: "arn:aws:iam::111111111111:user/alice" };
const ofAccount = { AWS: `arn:aws:iam::${alice.account}:root` };

test("a statement lets those in whom it names, and somebody unknown only where it names everybody", () => {
  const lets = (Principal: string | Record<string, string>, caller: typeof alice | undefined) =>
    grants({ Principal, Action: ACTION }, ACTION, caller);
  for (const everybody of ["*", { AWS: "*" }])
    assert.deepEqual([lets(everybody, alice), lets(everybody, undefined)], [true, true], JSON.stringify(everybody));
  for (const named of [ofAccount, { AWS: alice.principalArn }])
    assert.deepEqual([lets(named, alice), lets(named, undefined)], [true, false], JSON.stringify(named));
  for (const other of [{ AWS: "arn:aws:iam::222222222222:root" }, { Service: "s3.amazonaws.com" }, "s3.amazonaws.com"])
    assert.deepEqual([lets(other, alice), lets(other, undefined)], [false, false], JSON.stringify(other));
});

test("it is for its action, or for all", () => {
  const lets = (Action: string) => grants({ Principal: ofAccount, Action }, ACTION, alice);
  for (const action of [ACTION, "lambda:*", "*"]) assert.ok(lets(action), action);
  for (const action of ["lambda:InvokeFunctionUrl", "lambda:InvokeAsync", "s3:*"]) assert.ok(!lets(action), action);
});
