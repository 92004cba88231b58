import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  paginateListVersionsByFunction,
  TagResourceCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

test("a published version is Active, has its own ARN and keeps what $LATEST was", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Timeout: 5 }));
  const published = await client.send(new PublishVersionCommand({ FunctionName: "fn", Description: "one" }));
  assert.equal(published.$metadata.httpStatusCode, 201);
  assert.equal(published.Version, "1");
  assert.equal(published.FunctionArn, `${arnOf("fn")}:1`);
  assert.equal(published.State, "Active");
  assert.equal(published.Description, "one");
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Timeout: 6 }));
  const kept = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn", Qualifier: "1" }));
  assert.equal(kept.Timeout, 5);
  assert.equal(kept.RevisionId, published.RevisionId);
});

test("with nothing new the last version is answered again; tags are nothing new", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const first = await client.send(new PublishVersionCommand({ FunctionName: "fn", Description: "one" }));
  await client.send(new TagResourceCommand({ Resource: arnOf("fn"), Tags: { a: "b" } }));
  const again = await client.send(new PublishVersionCommand({ FunctionName: "fn", Description: "two" }));
  assert.equal(again.Version, "1");
  assert.equal(again.RevisionId, first.RevisionId);
  assert.equal(again.Description, "one");
});

for (const [what, change] of Object.entries({
  description: { Description: "x" },
  timeout: { Timeout: 44 },
  memory: { MemorySize: 129 },
  tmp: { EphemeralStorage: { Size: 513 } },
  variables: { Environment: { Variables: { AA: "b" } } },
  role: { Role: "arn:aws:iam::123456789012:role/other" },
  handler: { Handler: "other" },
  runtime: { Runtime: "provided.al2" as const },
  logging: { LoggingConfig: { LogGroup: "/other" } },
})) {
  test(`another ${what} makes a new version possible`, async (t) => {
    const { client } = await startLambdaServer(t);
    await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", ...change }));
    assert.equal((await client.send(new PublishVersionCommand({ FunctionName: "fn" }))).Version, "2");
  });
}

test("publishing at the same time never gives one number twice", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const numbers: string[] = [];
  for (let round = 0; round < 3; round++) {
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Timeout: 10 + round }));
    const published = await Promise.all(Array.from({ length: 8 }, () => client.send(new PublishVersionCommand({ FunctionName: "fn" }))));
    assert.equal(new Set(published.map(({ RevisionId }) => RevisionId)).size, 1);
    numbers.push(...new Set(published.map(({ Version }) => Version!)));
  }
  assert.deepEqual(numbers, ["1", "2", "3"]);
});

test("another CodeSha256 or RevisionId than that of $LATEST is refused", async (t) => {
  const { client } = await startLambdaServer(t);
  const { CodeSha256, RevisionId } = await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const publish = (over: object) => client.send(new PublishVersionCommand({ FunctionName: "fn", ...over }));
  await assert.rejects(
    publish({ CodeSha256: "somenonexistentsha256" }),
    awsError(
      "InvalidParameterValueException",
      400,
      `CodeSHA256 (somenonexistentsha256) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    ),
  );
  await assert.rejects(
    publish({ RevisionId }),
    awsError(
      "PreconditionFailedException",
      412,
      /^The Revision Id provided does not match the latest Revision Id\. Call the GetFunction\/GetAlias API/,
    ),
  );
  const latest = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn" }));
  assert.equal((await publish({ CodeSha256, RevisionId: latest.RevisionId })).Version, "1");
});

test("versions are listed with $LATEST first, then in the order of their numbers, page by page", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  for (let number = 1; number <= 11; number++) {
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Timeout: number }));
    await client.send(new PublishVersionCommand({ FunctionName: "fn" }));
  }
  const seen: (string | undefined)[] = [];
  for await (const page of paginateListVersionsByFunction({ client, pageSize: 5 }, { FunctionName: "fn" })) {
    seen.push(...page.Versions!.map(({ FunctionArn }) => FunctionArn));
  }
  const expected = ["$LATEST", ...Array.from({ length: 11 }, (_, index) => String(index + 1))];
  assert.deepEqual(
    seen,
    expected.map((version) => `${arnOf("fn")}:${version}`),
  );
});

test("versions of a function that does not exist are not found", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  const none = awsError("ResourceNotFoundException", 404, `Function not found: ${arnOf("none")}`);
  await assert.rejects(client.send(new ListVersionsByFunctionCommand({ FunctionName: "none" })), none);
  await assert.rejects(client.send(new PublishVersionCommand({ FunctionName: "none" })), none);
});
