import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  CreateFunctionCommand,
  GetPolicyCommand,
  type LambdaClient,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

const fromS3 = { FunctionName: "fn", StatementId: "s3", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com" };
const notFound = (message: string) => awsError("ResourceNotFoundException", 404, message);
const invalid = (message: string) => awsError("InvalidParameterValueException", 400, message);

async function add(client: LambdaClient, over: Partial<AddPermissionCommandInput> = {}) {
  return client.send(new AddPermissionCommand({ ...fromS3, ...over }));
}

test("a permission is a statement of the policy, in AWS's form", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const added = await add(client, { SourceArn: "arn:aws:s3:::bucket" });
  assert.equal(added.$metadata.httpStatusCode, 201);
  const statement = `{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"${arnOf("fn")}","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::bucket"}}}`;
  assert.equal(added.Statement, statement);
  const { Policy, RevisionId } = await client.send(new GetPolicyCommand({ FunctionName: "fn" }));
  assert.equal(Policy, `{"Version":"2012-10-17","Id":"default","Statement":[${statement}]}`);
  assert.match(RevisionId!, /^[0-9a-f-]{36}$/);
});

for (const [what, over, expected] of [
  ["an account", { Principal: "210987654321" }, { Principal: { AWS: "arn:aws:iam::210987654321:root" } }],
  ["everyone", { Principal: "*" }, { Principal: "*" }],
  ["a role", { Principal: "arn:aws:iam::210987654321:role/r" }, { Principal: { AWS: "arn:aws:iam::210987654321:role/r" } }],
  ["a source account", { SourceAccount: "210987654321" }, { Condition: { StringEquals: { "AWS:SourceAccount": "210987654321" } } }],
  ["an organisation", { PrincipalOrgID: "o-a1b2c3d4e5" }, { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } } }],
  [
    "an open URL",
    { Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" as const },
    { Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "NONE" } } },
  ],
  ["a skill", { EventSourceToken: "token" }, { Condition: { StringEquals: { "lambda:EventSourceToken": "token" } } }],
  ["calls through a URL", { InvokedViaFunctionUrl: true }, { Condition: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } } }],
] as const) {
  test(`a permission for ${what}`, async (t) => {
    const { client } = await startLambdaServer(t);
    await client.send(new CreateFunctionCommand(await newFunction("fn")));
    const { Statement } = await add(client, over);
    const shown = JSON.parse(Statement!) as Record<string, unknown>;
    for (const [key, value] of Object.entries(expected)) assert.deepEqual(shown[key], value);
  });
}

test("each qualifier has a policy of its own, with the qualified ARN", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  await client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "live", FunctionVersion: "1" }));
  const { Statement } = await add(client, { Qualifier: "live" });
  assert.equal((JSON.parse(Statement!) as { Resource: string }).Resource, `${arnOf("fn")}:live`);
  await add(client, { FunctionName: `${arnOf("fn")}:1` });
  await assert.rejects(
    client.send(new GetPolicyCommand({ FunctionName: "fn" })),
    notFound("No policy is associated with the given resource."),
  );
  const { Policy } = await client.send(new GetPolicyCommand({ FunctionName: "fn", Qualifier: "1" }));
  assert.match(Policy!, /:fn:1"/);
});

test("the auth type of a URL is a condition of InvokeFunctionUrl alone", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  await assert.rejects(
    add(client, { FunctionUrlAuthType: "NONE" }),
    invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action"),
  );
});

test("what cannot have a policy, or none with this statement, is refused", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  await assert.rejects(add(client, { Qualifier: "$LATEST" }), invalid("We currently do not support adding policies for $LATEST."));
  await assert.rejects(add(client, { Qualifier: "42" }), notFound(`Function not found: ${arnOf("fn")}:42`));
  const odd = "valid-with-$-but-doesnotexist";
  await assert.rejects(add(client, { Qualifier: odd }), notFound(`Function not found: ${arnOf("fn")}:${odd}`));
  await assert.rejects(
    add(client, { Qualifier: "alias-doesnotexist" }),
    notFound(`Cannot find alias arn: ${arnOf("fn")}:alias-doesnotexist`),
  );
  await assert.rejects(add(client, { FunctionName: "none" }), notFound(`Function not found: ${arnOf("none")}`));
  await assert.rejects(
    add(client, { Principal: "invalid.nonaws.com" }),
    invalid("The provided principal was invalid. Please check the principal and try again."),
  );
  await assert.rejects(
    add(client, { StatementId: "example.com" }),
    awsError(
      "ValidationException",
      400,
      "1 validation error detected: Value 'example.com' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
    ),
  );
  await add(client);
  const exists = "The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.";
  await assert.rejects(add(client), awsError("ResourceConflictException", 409, exists));
});

test("permissions are removed one by one; the last one takes the policy with it", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const remove = (StatementId: string, FunctionName = "fn") => client.send(new RemovePermissionCommand({ FunctionName, StatementId }));
  const noPolicy = notFound("No policy is associated with the given resource.");
  await assert.rejects(remove("s3"), noPolicy);
  await add(client);
  await add(client, { StatementId: "sns", Principal: "sns.amazonaws.com" });
  await assert.rejects(remove("non-existent"), notFound("Statement non-existent is not found in resource policy."));
  assert.equal((await remove("s3")).$metadata.httpStatusCode, 204);
  assert.doesNotMatch((await client.send(new GetPolicyCommand({ FunctionName: "fn" }))).Policy!, /"s3"/);
  await remove("sns");
  await assert.rejects(client.send(new GetPolicyCommand({ FunctionName: "fn" })), noPolicy);
  await assert.rejects(remove("s3", "doesnotexist"), notFound(`No policy found for: ${arnOf("doesnotexist")}`));
});

test("a policy change with a RevisionId that is not the policy's fails its precondition", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  await add(client);
  const { RevisionId } = await client.send(new GetPolicyCommand({ FunctionName: "fn" }));
  await add(client, { StatementId: "second", RevisionId });
  const mismatch = awsError(
    "PreconditionFailedException",
    412,
    "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id",
  );
  await assert.rejects(add(client, { StatementId: "third", RevisionId }), mismatch);
  await assert.rejects(client.send(new RemovePermissionCommand({ FunctionName: "fn", StatementId: "s3", RevisionId })), mismatch);
});

test("a policy of more than 20 KB is refused", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const long = (StatementId: string) => add(client, { StatementId, SourceArn: `arn:aws:s3:::${"b".repeat(9_000)}` });
  await long("one");
  await long("two");
  await assert.rejects(long("three"), awsError("PolicyLengthExceededException", 400, /20480/));
});
