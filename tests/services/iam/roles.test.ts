// IAM's roles, their inline policies, and users, through the real SDK.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  ListInstanceProfilesForRoleCommand,
  ListPolicyTagsCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  waitUntilRoleExists,
} from "@aws-sdk/client-iam";
import { ACCOUNT, awsError, basic, createPolicy, createRole, readTable, startIamServer, trust } from "./iam-server.ts";

test("a role comes back as it was made", async (t) => {
  const iam = (await startIamServer(t)).iam();
  const Tags = [{ Key: "team", Value: "night shift" }];
  const given = { RoleName: "Worker", Path: "/service-role/", Description: "works", MaxSessionDuration: 7_200, Tags };
  const { Role: created } = await iam.send(new CreateRoleCommand({ ...given, AssumeRolePolicyDocument: trust }));
  assert.match(created?.RoleId ?? "", /^AROA[A-Z2-7]{17}$/);
  assert.equal(created?.Arn, `arn:aws:iam::${ACCOUNT}:role/service-role/Worker`);
  const { Role: found } = await iam.send(new GetRoleCommand({ RoleName: "worker" }));
  assert.deepEqual({ ...found, RoleLastUsed: undefined }, { ...created, RoleLastUsed: undefined });
  assert.equal(found?.MaxSessionDuration, 7_200);
  assert.deepEqual(found?.Tags, Tags);
  assert.equal(decodeURIComponent(found?.AssumeRolePolicyDocument ?? ""), trust);
  await waitUntilRoleExists({ client: iam, maxWaitTime: 60 }, { RoleName: "Worker" });
});

test("roles of one account are no other's", async (t) => {
  const server = await startIamServer(t);
  await createRole(server.iam());
  const other = server.iam({ accessKeyId: "222222222222", secretAccessKey: "any" });
  await assert.rejects(
    other.send(new GetRoleCommand({ RoleName: "worker" })),
    awsError("NoSuchEntity", 404, "The role with name worker cannot be found."),
  );
});

test("a name is taken whatever its case", async (t) => {
  const iam = (await startIamServer(t)).iam();
  await createRole(iam);
  await assert.rejects(createRole(iam, "WORKER"), awsError("EntityAlreadyExists", 409, "Role with name WORKER already exists."));
});

test("what is not there is NoSuchEntity", async (t) => {
  const iam = (await startIamServer(t)).iam();
  const noRole = awsError("NoSuchEntity", 404, "The role with name nobody cannot be found.");
  const RoleName = "nobody";
  await assert.rejects(iam.send(new GetRoleCommand({ RoleName })), noRole);
  await assert.rejects(iam.send(new DeleteRoleCommand({ RoleName })), noRole);
  await assert.rejects(iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust })), noRole);
  await assert.rejects(iam.send(new UpdateRoleCommand({ RoleName, Description: "x" })), noRole);
  await assert.rejects(iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: readTable })), noRole);
  await assert.rejects(iam.send(new ListRolePoliciesCommand({ RoleName })), noRole);
  await assert.rejects(iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: basic })), noRole);
  await assert.rejects(iam.send(new ListInstanceProfilesForRoleCommand({ RoleName })), noRole);
  await assert.rejects(iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: "a", Value: "b" }] })), noRole);

  const arn = `arn:aws:iam::${ACCOUNT}:policy/none`;
  await assert.rejects(iam.send(new GetPolicyCommand({ PolicyArn: arn })), awsError("NoSuchEntity", 404, `Policy ${arn} was not found.`));
  await createRole(iam);
  await assert.rejects(
    iam.send(new AttachRolePolicyCommand({ RoleName: "worker", PolicyArn: arn })),
    awsError("NoSuchEntity", 404, `Policy ${arn} does not exist or is not attachable.`),
  );
  await assert.rejects(
    iam.send(new DetachRolePolicyCommand({ RoleName: "worker", PolicyArn: basic })),
    awsError("NoSuchEntity", 404, `Policy ${basic} was not found.`),
  );
  await assert.rejects(
    iam.send(new GetRolePolicyCommand({ RoleName: "worker", PolicyName: "none" })),
    awsError("NoSuchEntity", 404, "The role policy with name none cannot be found."),
  );
});

test("a malformed trust policy is refused in AWS's words", async (t) => {
  const iam = (await startIamServer(t)).iam();
  const make = (AssumeRolePolicyDocument: string) => iam.send(new CreateRoleCommand({ RoleName: "worker", AssumeRolePolicyDocument }));
  const statement = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const withStatement = (changes: object) => JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, ...changes }] });
  const cases = [
    ["trust.json", "This policy contains invalid Json"],
    ['{ "Statement": [ ], }', "This policy contains invalid Json"],
    [withStatement({ Resource: "*" }), "Has prohibited field Resource"],
    [withStatement({ Principal: undefined }), "Missing required field Principal"],
    [withStatement({ Action: "s3:GetObject" }), "AssumeRole policy may only specify STS AssumeRole actions."],
  ] as const;
  for (const [document, message] of cases) await assert.rejects(make(document), awsError("MalformedPolicyDocument", 400, message));
});

test("a malformed permissions policy is refused in AWS's words", async (t) => {
  const iam = (await startIamServer(t)).iam();
  await createRole(iam);
  const put = (PolicyDocument: string) => iam.send(new PutRolePolicyCommand({ RoleName: "worker", PolicyName: "p", PolicyDocument }));
  const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
  const withStatement = (changes: object) => JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, ...changes }] });
  const cases = [
    ["{", "Syntax errors in policy."],
    [withStatement({ Principal: "*" }), "Policy document should not specify a principal."],
    [withStatement({ Action: undefined }), "Policy statement must contain actions."],
    [withStatement({ Resource: undefined }), "Policy statement must contain resources."],
    [withStatement({ Action: "GetObject" }), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."],
    [withStatement({ Resource: "my-bucket" }), 'Resource my-bucket must be in ARN format or "*".'],
    [
      JSON.stringify({
        Statement: [
          { ...statement, Sid: "a" },
          { ...statement, Sid: "a" },
        ],
      }),
      "Statement IDs (SID) in a single policy must be unique.",
    ],
  ] as const;
  for (const [document, message] of cases) await assert.rejects(put(document), awsError("MalformedPolicyDocument", 400, message));
  await assert.rejects(
    iam.send(new CreatePolicyCommand({ PolicyName: "old", PolicyDocument: JSON.stringify({ Statement: [statement] }) })),
    awsError("MalformedPolicyDocument", 400, "Policy document must be version 2012-10-17 or greater."),
  );
});

test("a role changes in the parts that are named", async (t) => {
  const iam = (await startIamServer(t)).iam();
  await createRole(iam);
  await iam.send(new UpdateRoleCommand({ RoleName: "worker", Description: "new" }));
  await iam.send(new UpdateRoleCommand({ RoleName: "worker", MaxSessionDuration: 43_200 }));
  const next = trust.replace("lambda.", "states.");
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "worker", PolicyDocument: next }));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: "worker" }));
  assert.equal(Role?.Description, "new");
  assert.equal(Role?.MaxSessionDuration, 43_200);
  assert.equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""), next);
});

test("a role with policies cannot be deleted, one without can", async (t) => {
  const iam = (await startIamServer(t)).iam();
  const RoleName = "worker";
  await createRole(iam);
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: basic }));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: readTable }));
  const remove = () => iam.send(new DeleteRoleCommand({ RoleName }));
  await assert.rejects(remove(), awsError("DeleteConflict", 409, "Cannot delete entity, must detach all policies first."));
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: basic }));
  await assert.rejects(remove(), awsError("DeleteConflict", 409, "Cannot delete entity, must delete policies first."));
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "p" }));
  const { InstanceProfiles } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
  assert.deepEqual(InstanceProfiles, []);
  await remove();
  await createRole(iam);
});

test("an inline policy is put, replaced, read and listed", async (t) => {
  const iam = (await startIamServer(t)).iam();
  const RoleName = "worker";
  await createRole(iam);
  for (const PolicyName of ["b", "a"]) await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: readTable }));
  const changed = readTable.replace("GetItem", "Query");
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "a", PolicyDocument: changed }));
  const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  assert.deepEqual(PolicyNames, ["a", "b"]);
  const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "a" }));
  assert.equal(decodeURIComponent(PolicyDocument ?? ""), changed);
  assert.match(PolicyDocument ?? "", /It%27s%2A/, "encoded as RFC 3986 has it");
});

test("the inline policies of a role have room for 10,240 characters together", async (t) => {
  const iam = (await startIamServer(t)).iam();
  await createRole(iam);
  const sized = (size: number) => readTable.replace("It's*", "x".repeat(size));
  const put = (PolicyName: string, size: number) =>
    iam.send(new PutRolePolicyCommand({ RoleName: "worker", PolicyName, PolicyDocument: sized(size) }));
  await put("a", 6_000);
  await assert.rejects(put("b", 5_000), awsError("LimitExceeded", 409, "Maximum policy size of 10240 bytes exceeded for role worker"));
  await put("a", 9_000);
});

test("tags are added, replaced whatever their case, and removed", async (t) => {
  const iam = (await startIamServer(t)).iam();
  const RoleName = "worker";
  await createRole(iam);
  const Tags = [
    { Key: "team", Value: "a" },
    { Key: "cost", Value: "1" },
  ];
  await iam.send(new TagRoleCommand({ RoleName, Tags }));
  await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: "Team", Value: "b" }] }));
  await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ["cost"] }));
  assert.deepEqual((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags, [{ Key: "Team", Value: "b" }]);

  const PolicyArn = await createPolicy(iam);
  await iam.send(new TagPolicyCommand({ PolicyArn, Tags }));
  assert.equal((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags?.length, 2);
  const many = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: "" }));
  await assert.rejects(iam.send(new TagRoleCommand({ RoleName, Tags: many })), awsError("LimitExceeded", 409, /TagsPerResource/));
});

test("a permissions boundary is kept and taken off", async (t) => {
  const iam = (await startIamServer(t)).iam();
  const RoleName = "worker";
  await createRole(iam);
  const PermissionsBoundary = await createPolicy(iam);
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
  const boundary = async () => (await iam.send(new GetRoleCommand({ RoleName }))).Role?.PermissionsBoundary;
  assert.equal((await boundary())?.PermissionsBoundaryArn, PermissionsBoundary);
  assert.equal((await iam.send(new GetPolicyCommand({ PolicyArn: PermissionsBoundary }))).Policy?.PermissionsBoundaryUsageCount, 1);
  await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
  assert.equal(await boundary(), undefined);
});

test("GetUser tells the root's account and the user of a stored key", async (t) => {
  const server = await startIamServer(t);
  const { User: root } = await server.iam().send(new GetUserCommand());
  assert.equal(root?.Arn, `arn:aws:iam::${ACCOUNT}:root`);
  const key = await server.access.keys.create({ account: ACCOUNT, user: "ada" });
  const { User: ada } = await server.iam(key).send(new GetUserCommand());
  assert.equal(ada?.Arn, `arn:aws:iam::${ACCOUNT}:user/ada`);
  assert.equal((await server.iam().send(new GetUserCommand({ UserName: "ada" }))).User?.UserId, ada?.UserId);
  await assert.rejects(
    server.iam().send(new GetUserCommand({ UserName: "bob" })),
    awsError("NoSuchEntity", 404, "The user with name bob cannot be found."),
  );
});

test("what is not built is refused by name", async (t) => {
  const iam = (await startIamServer(t)).iam();
  await assert.rejects(iam.send(new CreateUserCommand({ UserName: "eve" })), awsError("NotImplemented", 501, /iam:CreateUser/));
});
