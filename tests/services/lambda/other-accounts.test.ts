// Callers of other accounts: only what a function's resource policy opens to them, and only invocations.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

const OTHER = "210987654321";

/** A function with version 1 in one account, and a caller of another. */
async function twoAccounts(t: TestContext) {
  const { client, clientOf, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  const arn = arnOf("fn");
  const other = clientOf({ account: OTHER });
  return {
    client,
    other,
    arn,
    allow: (over: Partial<AddPermissionCommandInput> = {}) =>
      client.send(
        new AddPermissionCommand({ FunctionName: "fn", StatementId: "s", Action: "lambda:InvokeFunction", Principal: OTHER, ...over }),
      ),
    forget: () => client.send(new RemovePermissionCommand({ FunctionName: "fn", StatementId: "s" })),
    invoke: (FunctionName = arn) => other.send(new InvokeCommand({ FunctionName, Payload: "7" })),
    refused: (action: string, resource = arn) =>
      awsError(
        "AccessDeniedException",
        403,
        `User: arn:aws:iam::${OTHER}:root is not authorized to perform: ${action} on resource: ${resource} because no resource-based policy allows the ${action} action`,
      ),
  };
}

test("a function is invoked from another account as long as its policy names that account", async (t) => {
  const { allow, forget, invoke, other, arn, refused } = await twoAccounts(t);
  await assert.rejects(invoke(), refused("lambda:InvokeFunction"));
  await allow();
  assert.equal((await invoke()).Payload?.transformToString(), "7");
  const later = await other.send(new InvokeCommand({ FunctionName: arn, InvocationType: "Event", Payload: "7" }));
  assert.equal(later.StatusCode, 202);
  const streamed = await other.send(new InvokeWithResponseStreamCommand({ FunctionName: arn, InvocationType: "DryRun" }));
  assert.equal(streamed.StatusCode, 204);
  await assert.rejects(other.send(new GetFunctionCommand({ FunctionName: arn })), refused("lambda:GetFunction"));
  await forget();
  await assert.rejects(invoke(), refused("lambda:InvokeFunction"));
});

for (const [what, over] of [
  ["another action", { Action: "lambda:GetFunction" }],
  ["another account", { Principal: "123456789012" }],
  ["a service", { Principal: "s3.amazonaws.com" }],
  ["a source account", { SourceAccount: OTHER }],
  ["calls through a URL", { InvokedViaFunctionUrl: true }],
] as const) {
  test(`a permission for ${what} opens it to no caller of another account`, async (t) => {
    const { allow, invoke, refused } = await twoAccounts(t);
    await allow(over);
    await assert.rejects(invoke(), refused("lambda:InvokeFunction"));
  });
}

test("each qualifier is opened by its own policy, and $LATEST by the function's", async (t) => {
  const { allow, invoke, arn, refused } = await twoAccounts(t);
  await allow({ Qualifier: "1" });
  assert.equal((await invoke(`${arn}:1`)).ExecutedVersion, "1");
  for (const name of [arn, `${arn}:$LATEST`]) await assert.rejects(invoke(name), refused("lambda:InvokeFunction", name));
  await allow({ Principal: "*" });
  for (const name of [arn, `${arn}:$LATEST`]) assert.equal((await invoke(name)).ExecutedVersion, "$LATEST");
});

test("a function that is not there is refused like one that is closed", async (t) => {
  const { invoke, arn, refused } = await twoAccounts(t);
  await assert.rejects(invoke(`${arn}-none`), refused("lambda:InvokeFunction", `${arn}-none`));
});
