// The API of event source mappings, with AWS's states and refusals. What they do is tested in tests/sources.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, REGION, startLambdaServer } from "./lambda-server.ts";

const FunctionName = "fn";
const invalid = (text: string | RegExp) => awsError("InvalidParameterValueException", 400, text);
const notFound = (text: string) => awsError("ResourceNotFoundException", 404, text);
const NONE = "The resource you requested does not exist.";

async function withQueues(t: Parameters<typeof startLambdaServer>[0]) {
  const server = await startLambdaServer(t);
  const { account, client, lambda } = server;
  for (const name of [FunctionName, "other"]) await client.send(new CreateFunctionCommand({ ...(await newFunction(name)), Timeout: 20 }));
  const queues = server.queues;
  const makeQueue = async (name: string, attributes: Record<string, string> = {}) => {
    const fifo = name.endsWith(".fifo") ? { FifoQueue: "true" } : {};
    const place = { account, region: REGION, name };
    await queues.create({ ...place, attributes: { ...fifo, ...attributes }, tags: {}, nowMs: lambda.clock.nowMs() });
  };
  for (const name of ["q", "r", "s.fifo"]) await makeQueue(name);
  const queueArn = (name: string) => `arn:aws:sqs:${REGION}:${account}:${name}`;
  const create = (input: Partial<CreateEventSourceMappingCommandInput> = {}) =>
    client.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: queueArn("q"), ...input }));
  const get = async (UUID: string | undefined) => {
    const { $metadata: _, ...mapping } = await client.send(new GetEventSourceMappingCommand({ UUID }));
    return mapping;
  };
  const update = (UUID: string | undefined, input: Omit<UpdateEventSourceMappingCommandInput, "UUID">) =>
    client.send(new UpdateEventSourceMappingCommand({ UUID, ...input }));
  return { ...server, makeQueue, queueArn, create, get, update };
}

test("a mapping is Creating when it is made and Enabled afterwards", async (t) => {
  const { create, get, arnOf, queueArn, account } = await withQueues(t);
  const { $metadata, ...created } = await create();
  assert.equal($metadata.httpStatusCode, 202);
  const { UUID, LastModified, ...rest } = created;
  assert.match(UUID ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  assert.ok(LastModified instanceof Date);
  assert.deepEqual(rest, {
    EventSourceMappingArn: `arn:aws:lambda:${REGION}:${account}:event-source-mapping:${UUID}`,
    EventSourceArn: queueArn("q"),
    FunctionArn: arnOf(FunctionName),
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: [],
    State: "Creating",
    StateTransitionReason: "USER_INITIATED",
  });
  assert.deepEqual(await get(UUID), { ...created, State: "Enabled" });
});

test("a mapping made without being enabled is Disabled, and changes its state when it is switched", async (t) => {
  const { create, get, update } = await withQueues(t);
  const { UUID } = await create({ Enabled: false });
  assert.equal((await get(UUID)).State, "Disabled");
  assert.equal((await update(UUID, { Enabled: true })).State, "Enabling");
  assert.equal((await get(UUID)).State, "Enabled");
  const disabling = await update(UUID, { Enabled: false });
  assert.equal(disabling.State, "Disabling");
  assert.equal(disabling.$metadata.httpStatusCode, 202);
  assert.equal((await get(UUID)).State, "Disabled");
});

test("an update changes what it names and keeps the rest; empty criteria and scaling are none", async (t) => {
  const { create, get, update } = await withQueues(t);
  const FilterCriteria = { Filters: [{ Pattern: '{"body":{"a":[1]}}' }] };
  const ScalingConfig = { MaximumConcurrency: 2 };
  const MetricsConfig = { Metrics: ["EventCount" as const] };
  const FunctionResponseTypes = ["ReportBatchItemFailures" as const];
  const { UUID } = await create({ FilterCriteria, ScalingConfig, FunctionResponseTypes, MetricsConfig });
  assert.equal((await update(UUID, { BatchSize: 100, MaximumBatchingWindowInSeconds: 1 })).State, "Updating");
  const changed = await get(UUID);
  assert.deepEqual(changed.MetricsConfig, MetricsConfig);
  assert.deepEqual(
    [
      changed.BatchSize,
      changed.MaximumBatchingWindowInSeconds,
      changed.FilterCriteria,
      changed.ScalingConfig,
      changed.FunctionResponseTypes,
    ],
    [100, 1, FilterCriteria, ScalingConfig, FunctionResponseTypes],
  );
  await update(UUID, { FilterCriteria: {}, ScalingConfig: {}, FunctionResponseTypes: [] });
  const emptied = await get(UUID);
  assert.deepEqual([emptied.FilterCriteria, emptied.ScalingConfig, emptied.FunctionResponseTypes], [undefined, undefined, []]);
  await assert.rejects(
    update(UUID, { MaximumBatchingWindowInSeconds: 0 }),
    invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"),
  );
});

test("a deleted mapping is Deleting in the answer, and gone afterwards", async (t) => {
  const { client, create, get, update } = await withQueues(t);
  const { UUID } = await create();
  const deleted = await client.send(new DeleteEventSourceMappingCommand({ UUID }));
  assert.equal(deleted.State, "Deleting");
  assert.equal(deleted.$metadata.httpStatusCode, 202);
  await assert.rejects(get(UUID), notFound(NONE));
  await assert.rejects(update(UUID, { Enabled: false }), notFound(NONE));
  await assert.rejects(client.send(new DeleteEventSourceMappingCommand({ UUID })), notFound(NONE));
});

test("a mapping is seen in its own account and region alone", async (t) => {
  const { create, clientOf, account } = await withQueues(t);
  const { UUID } = await create();
  for (const elsewhere of [clientOf({ account: "999988887777" }), clientOf({ account, region: "us-east-1" })]) {
    await assert.rejects(elsewhere.send(new GetEventSourceMappingCommand({ UUID })), notFound(NONE));
    assert.deepEqual((await elsewhere.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings, []);
  }
});

test("a queue feeds a function once, and each of its aliases once", async (t) => {
  const { client, create, update, queueArn } = await withQueues(t);
  await client.send(new PublishVersionCommand({ FunctionName }));
  await client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  const { UUID } = await create();
  const exists = awsError(
    "ResourceConflictException",
    409,
    `An event source mapping with SQS arn (" ${queueArn("q")} ") and function (" fn ") already exists. Please update or delete the existing mapping with UUID ${UUID}`,
  );
  await assert.rejects(create(), exists);
  const ofAlias = await create({ FunctionName: "fn:live" });
  assert.match(ofAlias.FunctionArn ?? "", /:function:fn:live$/);
  await assert.rejects(update(ofAlias.UUID, { FunctionName }), exists);
  await create({ FunctionName: "other" });
});

test("a mapping can be moved to another function", async (t) => {
  const { create, get, update, arnOf } = await withQueues(t);
  const { UUID } = await create();
  await update(UUID, { FunctionName: "other" });
  assert.equal((await get(UUID)).FunctionArn, arnOf("other"));
  await assert.rejects(update(UUID, { FunctionName: "none" }), invalid("Function does not exist"));
});

test("lists are by function and by queue, in pages", async (t) => {
  const { client, create, queueArn, arnOf } = await withQueues(t);
  const list = async (input: object) => (await client.send(new ListEventSourceMappingsCommand(input))).EventSourceMappings ?? [];
  for (const queue of ["q", "r"])
    for (const name of [FunctionName, "other"]) await create({ FunctionName: name, EventSourceArn: queueArn(queue) });
  assert.equal((await list({})).length, 4);
  assert.equal((await list({ FunctionName: arnOf(FunctionName) })).length, 2);
  assert.equal((await list({ EventSourceArn: queueArn("r") })).length, 2);
  assert.equal((await list({ EventSourceArn: queueArn("r"), FunctionName })).length, 1);
  const first = await client.send(new ListEventSourceMappingsCommand({ MaxItems: 3 }));
  const second = await client.send(new ListEventSourceMappingsCommand({ Marker: first.NextMarker }));
  const uuids = [...(first.EventSourceMappings ?? []), ...(second.EventSourceMappings ?? [])].map(({ UUID }) => UUID);
  assert.equal(new Set(uuids).size, 4);
  await assert.rejects(list({ FunctionName: "none" }), notFound(`Function not found: ${arnOf("none")}`));
});

test("a mapping outlives its function and its queue", async (t) => {
  const { client, create, get, update, queues, lambda, account } = await withQueues(t);
  const { UUID } = await create();
  await client.send(new DeleteFunctionCommand({ FunctionName }));
  assert.equal((await get(UUID)).State, "Enabled");
  const listed = await client.send(new ListEventSourceMappingsCommand({ FunctionName }));
  assert.equal(listed.EventSourceMappings?.[0]?.UUID, UUID);
  const queue = await queues.find({ account, region: REGION, name: "q" });
  await queues.delete(queue!, lambda.clock.nowMs());
  assert.equal((await update(UUID, { Enabled: false })).State, "Disabling");
  assert.equal((await client.send(new DeleteEventSourceMappingCommand({ UUID }))).State, "Deleting");
});

function badPattern(Pattern: string): readonly [Partial<CreateEventSourceMappingCommandInput>, string] {
  return [{ FilterCriteria: { Filters: [{ Pattern }] } }, "Invalid filter pattern definition."];
}

test("what does not fit together is refused with AWS's texts", async (t) => {
  const { create, queueArn, makeQueue } = await withQueues(t);
  await makeQueue("short", { VisibilityTimeout: "19" });
  const cases: readonly (readonly [Partial<CreateEventSourceMappingCommandInput>, string | RegExp])[] = [
    [{ EventSourceArn: undefined }, "Unrecognized event source."],
    [{ EventSourceArn: "arn:aws:s3:::bucket" }, "Unrecognized event source."],
    [{ FunctionName: "none" }, "Function does not exist"],
    [{ FunctionName: "fn:none" }, "Function does not exist"],
    [
      { EventSourceArn: queueArn("none") },
      "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
    ],
    [{ EventSourceArn: queueArn("short") }, "Queue visibility timeout: 19 seconds is less than Function timeout: 20 seconds"],
    [{ BatchSize: 11 }, "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"],
    [{ EventSourceArn: queueArn("s.fifo"), MaximumBatchingWindowInSeconds: 1 }, "Batching window is not supported for FIFO queues"],
    [{ StartingPosition: "LATEST" }, "StartingPosition is not valid for SQS event sources."],
    [
      { DestinationConfig: { OnFailure: { Destination: queueArn("r") } } },
      "Unsupported DestinationConfig parameter for given event source mapping type.",
    ],
    [{ ParallelizationFactor: 2 }, "Unsupported ParallelizationFactor parameter for given event source mapping type."],
    ...['"text"', "[]", "{", '{"body":"x"}'].map(badPattern),
    [{ FilterCriteria: { Filters: Array.from({ length: 11 }, () => ({ Pattern: '{"body":["x"]}' })) } }, /at most 10 filters/],
  ];
  for (const [input, text] of cases) await assert.rejects(create(input), invalid(text));
  await create({ EventSourceArn: queueArn("s.fifo") });
});

test("what lambent does not do is refused by its name", async (t) => {
  const { create, account } = await withQueues(t);
  const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${account}:${rest}`;
  const cases: readonly (readonly [Partial<CreateEventSourceMappingCommandInput>, RegExp])[] = [
    [{ EventSourceArn: arn("kinesis", "stream/s"), StartingPosition: "LATEST" }, /Kinesis/],
    [{ EventSourceArn: arn("dynamodb", "table/t/stream/2025-02-22T03:03:25.490") }, /DynamoDB/],
    [{ EventSourceArn: arn("kafka", "cluster/c/1"), Topics: ["topic"] }, /MSK/],
    [{ EventSourceArn: arn("mq", "broker:b:b-1"), Queues: ["queue"] }, /Amazon MQ/],
    [{ EventSourceArn: arn("rds", "cluster:c") }, /DocumentDB/],
    [
      { EventSourceArn: undefined, SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ["k:9092"] } }, Topics: ["topic"] },
      /self-managed Apache Kafka/,
    ],
    [{ KMSKeyArn: `arn:aws:kms:${REGION}:${account}:key/k` }, /KMSKeyArn/],
    [{ MetricsConfig: { Metrics: ["ErrorCount"] } }, /MetricsConfig ErrorCount/],
    [{ ProvisionedPollerConfig: { MinimumPollers: 2 } }, /ProvisionedPollerConfig/],
  ];
  for (const [input, text] of cases) await assert.rejects(create(input), invalid(text));
});

test("a mapping has tags of its own", async (t) => {
  const { client, create } = await withQueues(t);
  const { EventSourceMappingArn: Resource = "" } = await create({ Tags: { a: "1", b: "2" } });
  const tags = async () => (await client.send(new ListTagsCommand({ Resource }))).Tags;
  assert.deepEqual(await tags(), { a: "1", b: "2" });
  await client.send(new TagResourceCommand({ Resource, Tags: { b: "3", c: "4" } }));
  await client.send(new UntagResourceCommand({ Resource, TagKeys: ["a", "none"] }));
  assert.deepEqual(await tags(), { b: "3", c: "4" });
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, ""]));
  await assert.rejects(
    client.send(new TagResourceCommand({ Resource, Tags: many })),
    invalid("Number of tags exceeds resource tag limit."),
  );
});
