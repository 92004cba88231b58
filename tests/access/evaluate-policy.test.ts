// What a role may do, from the documents of its policies.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isAllowed, type Policies } from "../../src/access/evaluate-policy.ts";
import { conditionHolds } from "../../src/access/policy-conditions.ts";
import { matchesArn, matchesText } from "../../src/access/policy-wildcards.ts";

const QUEUE = "arn:aws:sqs:eu-west-1:123456789012:jobs";
const ROLE = "arn:aws:iam::123456789012:role/service/worker";

type Statement = Readonly<Record<string, unknown>>;

const document = (...Statement: readonly Statement[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (more: Statement = {}) => ({ Effect: "Allow", Action: "sqs:ReceiveMessage", Resource: QUEUE, ...more });
const deny = (more: Statement = {}) => ({ ...allow(more), Effect: "Deny" });

const context = { "aws:principalarn": ROLE, "aws:requestedregion": "eu-west-1", "aws:securetransport": "true" };

function may(policies: Partial<Policies>, action = "sqs:ReceiveMessage", resourceArn = QUEUE): boolean {
  return isAllowed({ identity: [], ...policies }, { action, resourceArn, roleArn: ROLE, context });
}

const mayBy = (...statements: readonly Statement[]) => may({ identity: [document(...statements)] });

test("what nothing allows is not allowed", () => {
  assert.equal(may({}), false);
  assert.equal(may({ identity: ["{}", "no JSON"] }), false);
  assert.equal(mayBy(allow({ Action: "sqs:SendMessage" })), false);
  assert.equal(mayBy(allow({ Resource: `${QUEUE}s` })), false);
});

test("actions and resources match by wildcards, actions whatever their case", () => {
  for (const Action of ["sqs:ReceiveMessage", "SQS:receivemessage", "sqs:*", "sqs:Receive?essage", "*", ["s3:*", "sqs:R*"]]) {
    assert.equal(mayBy(allow({ Action })), true, String(Action));
  }
  for (const Resource of ["*", "arn:aws:sqs:*:*:jobs", "arn:aws:sqs:eu-west-1:123456789012:j?bs", ["arn:aws:s3:::b", QUEUE]]) {
    assert.equal(mayBy(allow({ Resource })), true, String(Resource));
  }
  assert.equal(mayBy(allow({ Resource: QUEUE.replace("jobs", "Jobs") })), false);
});

test("NotAction and NotResource are what they leave out", () => {
  assert.equal(mayBy(allow({ Action: undefined, NotAction: ["iam:*", "sqs:SendMessage"] })), true);
  assert.equal(mayBy(allow({ Action: undefined, NotAction: "sqs:*" })), false);
  assert.equal(mayBy(allow({ Resource: undefined, NotResource: "arn:aws:sqs:*:*:other" })), true);
  assert.equal(mayBy(allow({ Resource: undefined, NotResource: QUEUE })), false);
});

test("a Deny wins over every Allow, also of another document", () => {
  assert.equal(mayBy(allow(), deny()), false);
  assert.equal(may({ identity: [document(deny({ Action: "sqs:*", Resource: "*" })), document(allow())] }), false);
  assert.equal(mayBy(allow(), deny({ Action: "sqs:DeleteMessage" })), true);
});

test("conditions are kept as far as they are known", () => {
  const region = (operator: string, value: unknown) => allow({ Condition: { [operator]: { "aws:RequestedRegion": value } } });
  assert.equal(mayBy(region("StringEquals", "eu-west-1")), true);
  assert.equal(mayBy(region("StringEquals", ["us-east-1", "eu-west-1"])), true);
  assert.equal(mayBy(region("StringEquals", "us-east-1")), false);
  assert.equal(mayBy(region("StringNotEquals", "us-east-1")), true);
  assert.equal(mayBy(region("StringNotEquals", ["us-east-1", "eu-west-1"])), false);
  assert.equal(mayBy(region("StringLikeIfExists", "eu-*")), true);
  assert.equal(mayBy(allow({ Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/service/*" } } })), true);
  assert.equal(mayBy(allow({ Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam:*:role/service/*" } } })), false);
  assert.equal(mayBy(allow(), deny({ Condition: { Bool: { "aws:SecureTransport": "false" } } })), true);
  assert.equal(mayBy(allow(), deny({ Condition: { Bool: { "aws:SecureTransport": true } } })), false);
});

test("what is not known about a condition allows nothing, and denies", () => {
  const unknown = [
    { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
    { StringEquals: { "aws:PrincipalTag/team": "a" } },
    { "ForAnyValue:StringEquals": { "aws:RequestedRegion": "eu-west-1" } },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
    { StringEquals: { "aws:RequestedRegion": "${aws:PrincipalTag/region}" } },
    { Null: { "aws:RequestedRegion": "false" } },
    "no object",
  ];
  for (const Condition of unknown) {
    assert.equal(mayBy(allow({ Condition })), false, JSON.stringify(Condition));
    assert.equal(mayBy(allow(), deny({ Condition })), false, JSON.stringify(Condition));
  }
  const settled = { StringEquals: { "aws:RequestedRegion": "us-east-1", "aws:PrincipalTag/team": "a" } };
  assert.equal(mayBy(allow(), deny({ Condition: settled })), true, "one that does not hold settles it");
});

test("a variable in a resource allows nothing, and denies", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  const Resource = "arn:aws:sqs:*:*:${aws:PrincipalTag/team}";
  assert.equal(mayBy(allow({ Resource })), false);
  assert.equal(mayBy(allow(), deny({ Resource })), false);
  const rest = { Resource: undefined, NotResource: Resource };
  assert.equal(mayBy(allow(rest)), false);
  assert.equal(mayBy(allow(), deny(rest)), false);
});

test("a boundary allows nothing by itself, and nothing beyond it is allowed", () => {
  const identity = [document(allow({ Action: "*", Resource: "*" }))];
  assert.equal(may({ identity, boundary: document(allow()) }), true);
  assert.equal(may({ identity, boundary: document(allow({ Action: "sqs:SendMessage" })) }), false);
  assert.equal(may({ identity, boundary: document(allow({ Action: "*" }), deny()) }), false);
  assert.equal(may({ boundary: document(allow()) }), false);
});

test("the queue's own policy allows a role of its account that it names, and denies", () => {
  const by = (Principal: unknown, Effect = "Allow") => document({ ...allow({ Effect }), Principal });
  for (const principal of ["*", { AWS: "*" }, { AWS: ROLE }, { AWS: ["arn:aws:iam::123456789012:role/x", ROLE] }]) {
    assert.equal(may({ resource: by(principal) }), true, JSON.stringify(principal));
  }
  for (const principal of [
    { AWS: "123456789012" },
    { AWS: "arn:aws:iam::123456789012:root" },
    { Service: "sqs.amazonaws.com" },
    { AWS: `${ROLE}2` },
  ]) {
    assert.equal(may({ resource: by(principal) }), false, JSON.stringify(principal));
  }
  const identity = [document(allow())];
  assert.equal(may({ identity, resource: by({ AWS: "123456789012" }, "Deny") }), false);
  assert.equal(may({ identity, resource: document({ ...deny(), NotPrincipal: { AWS: "arn:aws:iam::123456789012:role/x" } }) }), false);
  assert.equal(may({ identity, resource: document({ ...deny(), NotPrincipal: { AWS: ROLE } }) }), true);
});

test("a queue of another account must allow it too", () => {
  const other = QUEUE.replace("123456789012", "999999999999");
  const identity = [document(allow({ Resource: "*" }))];
  const resource = document({ ...allow({ Resource: other }), Principal: { AWS: "123456789012" } });
  const ask = (policies: Partial<Policies>) => may(policies, "sqs:ReceiveMessage", other);
  assert.equal(ask({ identity }), false);
  assert.equal(ask({ resource }), false);
  assert.equal(ask({ identity, resource }), true);
});

test("wildcards match any characters, in ARNs within a part", () => {
  assert.ok(matchesText("abcabd", "*ab?"));
  assert.ok(matchesText("", "*"));
  assert.ok(!matchesText("abc", "ab"));
  assert.ok(!matchesText("ab", "ab?"));
  assert.ok(!matchesText("a".repeat(10_000), `${"*a".repeat(200)}b`), "and in time");
  assert.ok(matchesArn("arn:aws:lambda:r:1:function:f", "arn:aws:lambda:*:1:function:*"));
  assert.ok(!matchesArn("arn:aws:lambda:r:1:function:f", "arn:*:function:f"));
  assert.equal(conditionHolds(undefined, {}), "yes");
});
