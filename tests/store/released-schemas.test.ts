// A data directory that any released lambent has left is opened by this one, with everything in it.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { GetPolicyCommand, GetRoleCommand, GetRolePolicyCommand, IAMClient, ListAttachedRolePoliciesCommand } from "@aws-sdk/client-iam";
import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand as GetFunctionPolicyCommand,
  GetFunctionUrlConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListLayersCommand,
  ListLayerVersionsCommand,
} from "@aws-sdk/client-lambda";
import { startLambent } from "../../scripts/lambent-process.ts";
import { migrations } from "../../src/store/migrations.ts";
import { ACCOUNT, clientSettings, releasedSchemas, restore } from "./fixture-directory.ts";
import { temporaryDirectory } from "./ledger.ts";

for (const schema of releasedSchemas()) {
  test(`${schema} is opened: roles, functions, code and logs are there`, async (t) => {
    const root = join(temporaryDirectory(t), "data");
    restore(schema, root);
    const server = await startLambent({ args: ["--data", root, "--sandbox", "process", "--ready-stems", "0"] });
    try {
      const settings = clientSettings(server.endpoint);
      await checkRole(client(t, new IAMClient(settings)));
      await checkFunction(client(t, new LambdaClient(settings)));
      if (Number(schema.slice("schema-".length)) >= 8) await checkLayersAndUrls(client(t, new LambdaClient(settings)));
      await checkLogs(client(t, new CloudWatchLogsClient(settings)));
    } finally {
      await server.stop();
    }
  });
}

test("there is a fixture, and none of a schema that this program does not know", () => {
  const newest = Math.max(...migrations.map(({ id }) => id));
  const numbers = releasedSchemas().map((name) => Number(name.slice("schema-".length)));
  assert.ok(numbers.length > 0 && numbers.every((number) => number <= newest));
  for (const schema of releasedSchemas()) {
    assert.deepEqual(readdirSync(join(import.meta.dirname, "fixtures", schema)).toSorted(), ["blobs", "logs.sql", "main.sql"]);
  }
});

function client<C extends { destroy(): void }>(t: TestContext, made: C): C {
  t.after(() => made.destroy());
  return made;
}

async function checkRole(iam: IAMClient): Promise<void> {
  const RoleName = "keeper";
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  assert.deepEqual([Role?.Path, Role?.Tags], ["/app/", [{ Key: "a", Value: "b" }]]);
  const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "inline" }));
  assert.match(decodeURIComponent(PolicyDocument ?? ""), /dynamodb:GetItem/);
  const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/managed`;
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  assert.deepEqual(AttachedPolicies, [{ PolicyName: "managed", PolicyArn }]);
  assert.equal((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount, 1);
}

async function checkFunction(lambda: LambdaClient): Promise<void> {
  const named = { FunctionName: "kept", Qualifier: "live" };
  const { Configuration, Tags } = await lambda.send(new GetFunctionCommand(named));
  assert.deepEqual([Configuration?.Version, Configuration?.Description, Tags], ["1", "the first", { a: "b" }]);
  const { Policy } = await lambda.send(new GetFunctionPolicyCommand({ FunctionName: "kept" }));
  assert.match(Policy ?? "", /s3\.amazonaws\.com/);
  const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ ...named, Payload: JSON.stringify({ n: 1 }) }));
  assert.equal(FunctionError, undefined);
  assert.deepEqual(JSON.parse(Buffer.from(Payload ?? []).toString()), { kept: { n: 1 } });
}

async function checkLayersAndUrls(lambda: LambdaClient): Promise<void> {
  const { Layers } = await lambda.send(new ListLayersCommand({ CompatibleRuntime: "nodejs24.x" }));
  assert.deepEqual(Layers, [], "the version that named the runtime was deleted");
  const { LayerVersions } = await lambda.send(new ListLayerVersionsCommand({ LayerName: "shared" }));
  assert.deepEqual(
    LayerVersions?.map(({ Version }) => Version),
    [2],
  );
  const kept = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "kept" }));
  assert.match(kept.Layers?.[0]?.Arn ?? "", /:layer:shared:1$/);
  const url = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: "kept", Qualifier: "live" }));
  assert.deepEqual([url.AuthType, url.Cors], ["AWS_IAM", { MaxAge: 5 }]);
}

async function checkLogs(logs: CloudWatchLogsClient): Promise<void> {
  const { events } = await logs.send(new GetLogEventsCommand({ logGroupName: "/kept", logStreamName: "one", startFromHead: true }));
  assert.deepEqual(
    events?.map(({ message }) => message),
    ["first", "second"],
  );
}
