import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  ListTagsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

test("tags are added, replaced, listed and removed", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  const Resource = arnOf("fn");
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  assert.deepEqual((await client.send(new ListTagsCommand({ Resource }))).Tags, {});
  const tagged = await client.send(new TagResourceCommand({ Resource, Tags: { a: "1", b: "2" } }));
  assert.equal(tagged.$metadata.httpStatusCode, 204);
  await client.send(new TagResourceCommand({ Resource, Tags: { b: "3", c: "" } }));
  assert.deepEqual((await client.send(new ListTagsCommand({ Resource }))).Tags, { a: "1", b: "3", c: "" });
  const untagged = await client.send(new UntagResourceCommand({ Resource, TagKeys: ["a", "never-there"] }));
  assert.equal(untagged.$metadata.httpStatusCode, 204);
  assert.deepEqual((await client.send(new GetFunctionCommand({ FunctionName: "fn" }))).Tags, { b: "3", c: "" });
});

test("the 51st tag is refused, however it comes, and nothing is changed then", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  const Resource = arnOf("fn");
  const Tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, "v"]));
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Tags }));
  const more = client.send(new TagResourceCommand({ Resource, Tags: { k0: "changed", k50: "new" } }));
  await assert.rejects(more, awsError("InvalidParameterValueException", 400, "Number of tags exceeds resource tag limit."));
  assert.deepEqual((await client.send(new ListTagsCommand({ Resource }))).Tags, Tags);
  await client.send(new TagResourceCommand({ Resource, Tags: { k0: "changed" } }));
});

test("versions, other resources, missing functions and empty tags are refused", async (t) => {
  const { client, arnOf, account } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  const tag = (Resource: string, Tags: Record<string, string> = { a: "1" }) => client.send(new TagResourceCommand({ Resource, Tags }));
  const invalid = (message: string) => awsError("InvalidParameterValueException", 400, message);
  const notFound = (message: string) => awsError("ResourceNotFoundException", 404, message);
  await assert.rejects(
    tag(`${arnOf("fn")}:1`),
    invalid("Tags on function aliases and versions are not supported. Please specify a function ARN."),
  );
  await assert.rejects(tag(arnOf("fn"), {}), invalid("An error occurred and the request cannot be processed."));
  await assert.rejects(tag(arnOf("none")), notFound(`Function not found: ${arnOf("none")}`));
  const mapping = `arn:aws:lambda:eu-central-1:${account}:event-source-mapping:11111111-2222-3333-4444-555555555555`;
  await assert.rejects(client.send(new ListTagsCommand({ Resource: mapping })), notFound(`Event source mapping not found: ${mapping}`));
  await assert.rejects(
    tag("arn:aws:something"),
    awsError("ValidationException", 400, /^1 validation error detected: Value 'arn:aws:something' at 'resource'/),
  );
});
