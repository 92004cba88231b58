// IAM's managed policies, AWS's and the account's, and lists, through the real SDK.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolesCommand,
  paginateListPolicies,
  paginateListRoles,
  SetDefaultPolicyVersionCommand,
} from "@aws-sdk/client-iam";
import { awsError, basic, createPolicy, createRole, readTable, startIamServer, trust } from "./iam-server.ts";

test("AWS's own policies can be read and attached, twice with no effect, and not changed", async (t) => {
  const iam = (await startIamServer(t)).iam();
  const RoleName = "worker";
  await createRole(iam);
  for (let n = 0; n < 2; n++) await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: basic }));
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  assert.deepEqual(AttachedPolicies, [{ PolicyName: "AWSLambdaBasicExecutionRole", PolicyArn: basic }]);
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: basic }));
  assert.equal(Policy?.Path, "/service-role/");
  assert.equal(Policy?.AttachmentCount, 1);
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn: basic, VersionId: Policy?.DefaultVersionId ?? "" }));
  const document = JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ""));
  assert.deepEqual(document.Statement[0].Action, ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]);
  await assert.rejects(iam.send(new DeletePolicyCommand({ PolicyArn: basic })), awsError("AccessDenied", 403, /iam:DeletePolicy/));
});

test("a role has at most ten attached policies", async (t) => {
  const iam = (await startIamServer(t)).iam();
  await createRole(iam);
  const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: "AWS", MaxItems: 11 }));
  const attach = (arn: string | undefined) => iam.send(new AttachRolePolicyCommand({ RoleName: "worker", PolicyArn: arn }));
  for (const { Arn } of Policies.slice(0, 10)) await attach(Arn);
  await assert.rejects(attach(Policies[10]?.Arn), awsError("LimitExceeded", 409, "Cannot exceed quota for PoliciesPerRole: 10"));
});

test("a managed policy has versions, one of them in force", async (t) => {
  const iam = (await startIamServer(t)).iam();
  const PolicyArn = await createPolicy(iam);
  const second = readTable.replace("GetItem", "Query");
  const { PolicyVersion } = await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: second, SetAsDefault: true }));
  assert.equal(PolicyVersion?.VersionId, "v2");
  const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  assert.deepEqual(
    Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion]),
    [
      ["v2", true],
      ["v1", false],
    ],
  );
  await assert.rejects(
    iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v2" })),
    awsError("DeleteConflict", 409, "Cannot delete the default version of a policy."),
  );
  await assert.rejects(iam.send(new DeletePolicyCommand({ PolicyArn })), awsError("DeleteConflict", 409, /more than one version/));
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
  assert.equal((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId, "v1");
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v2" }));
  await assert.rejects(
    iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v2" })),
    awsError("NoSuchEntity", 404, `Policy ${PolicyArn} version v2 does not exist or is not attachable.`),
  );
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
  await assert.rejects(iam.send(new GetPolicyCommand({ PolicyArn })), awsError("NoSuchEntity", 404, `Policy ${PolicyArn} was not found.`));
});

test("a managed policy keeps at most five versions and uses no number twice", async (t) => {
  const iam = (await startIamServer(t)).iam();
  const PolicyArn = await createPolicy(iam);
  const add = () => iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: readTable }));
  for (let n = 0; n < 4; n++) await add();
  await assert.rejects(add(), awsError("LimitExceeded", 409, /up to 5 versions/));
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v5" }));
  assert.equal((await add()).PolicyVersion?.VersionId, "v6");
});

test("a policy in use cannot be deleted and tells who uses it", async (t) => {
  const iam = (await startIamServer(t)).iam();
  const PolicyArn = await createPolicy(iam);
  const role = await createRole(iam);
  await iam.send(new AttachRolePolicyCommand({ RoleName: "worker", PolicyArn }));
  await assert.rejects(
    iam.send(new DeletePolicyCommand({ PolicyArn })),
    awsError("DeleteConflict", 409, "Cannot delete a policy attached to entities."),
  );
  const { PolicyRoles } = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }));
  assert.deepEqual(PolicyRoles, [{ RoleName: "worker", RoleId: role.RoleId }]);
});

test("a policy's name is taken once", async (t) => {
  const iam = (await startIamServer(t)).iam();
  await createPolicy(iam);
  await assert.rejects(
    createPolicy(iam, "Read-Table"),
    awsError("EntityAlreadyExists", 409, "A policy called Read-Table already exists. Duplicate names are not allowed."),
  );
});

test("long lists come in pages", async (t) => {
  const iam = (await startIamServer(t)).iam();
  const names = ["a", "B", "c", "D", "e"];
  for (const name of names) await createRole(iam, name);
  const pages: string[][] = [];
  for await (const page of paginateListRoles({ client: iam, pageSize: 2 }, {}))
    pages.push((page.Roles ?? []).map(({ RoleName }) => RoleName ?? ""));
  assert.deepEqual(pages, [["a", "B"], ["c", "D"], ["e"]]);

  const arns: string[] = [];
  for await (const page of paginateListPolicies({ client: iam, pageSize: 40 }, {}))
    arns.push(...(page.Policies ?? []).map(({ Arn }) => Arn ?? ""));
  assert.equal(new Set(arns).size, arns.length);
  for (const name of [
    "AdministratorAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "AmazonS3FullAccess",
    "AmazonSQSFullAccess",
    "AWSLambda_FullAccess",
  ]) {
    assert.ok(arns.includes(`arn:aws:iam::aws:policy/${name}`), name);
  }
});

test("lists can be narrowed by path and use", async (t) => {
  const iam = (await startIamServer(t)).iam();
  await createRole(iam, "plain");
  await iam.send(new CreateRoleCommand({ RoleName: "deep", Path: "/app/one/", AssumeRolePolicyDocument: trust }));
  const { Roles } = await iam.send(new ListRolesCommand({ PathPrefix: "/app/" }));
  assert.deepEqual(
    Roles?.map(({ RoleName }) => RoleName),
    ["deep"],
  );
  const PolicyArn = await createPolicy(iam);
  await createPolicy(iam, "unused");
  await iam.send(new AttachRolePolicyCommand({ RoleName: "deep", PolicyArn }));
  const { Policies } = await iam.send(new ListPoliciesCommand({ OnlyAttached: true }));
  assert.deepEqual(
    Policies?.map(({ Arn }) => Arn),
    [PolicyArn],
  );
});
