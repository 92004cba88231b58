import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutLogGroupDeletionProtectionCommand,
  PutMetricFilterCommand,
  PutRetentionPolicyCommand,
  paginateDescribeLogGroups,
  TagLogGroupCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { rejects, startLogs } from "./logs-server.ts";

const arnOf = (name: string) => `arn:aws:logs:us-east-1:000000000000:log-group:${name}`;

test("a created group is described as AWS does it", async (t) => {
  const { client } = await startLogs(t);
  const before = Date.now();
  await client.send(new CreateLogGroupCommand({ logGroupName: "/app/one", tags: { team: "red" } }));
  const { logGroups, nextToken } = await client.send(new DescribeLogGroupsCommand({}));
  const [group] = logGroups ?? [];
  assert.ok(group!.creationTime! >= before && group!.creationTime! <= Date.now());
  assert.equal(nextToken, undefined);
  assert.deepEqual(
    { ...group, creationTime: 0 },
    {
      logGroupName: "/app/one",
      creationTime: 0,
      metricFilterCount: 0,
      arn: `${arnOf("/app/one")}:*`,
      storedBytes: 0,
      logGroupClass: "STANDARD",
      logGroupArn: arnOf("/app/one"),
      deletionProtectionEnabled: false,
    },
  );
});

test("a second group of one name is refused", async (t) => {
  const { client } = await startLogs(t);
  await client.send(new CreateLogGroupCommand({ logGroupName: "g" }));
  await rejects(
    client.send(new CreateLogGroupCommand({ logGroupName: "g" })),
    "ResourceAlreadyExistsException",
    "The specified log group already exists",
  );
});

test("what CreateLogGroup cannot do is refused by name", async (t) => {
  const { client } = await startLogs(t);
  const create = (input: Partial<ConstructorParameters<typeof CreateLogGroupCommand>[0]>) =>
    client.send(new CreateLogGroupCommand({ logGroupName: "g", ...input }));
  await rejects(create({ kmsKeyId: "arn:aws:kms:us-east-1:000000000000:key/k" }), "InvalidParameterException");
  await rejects(create({ logGroupClass: "DELIVERY" }), "InvalidParameterException");
  await rejects(create({ logGroupName: "aws/x" }), "InvalidParameterException", "Log groups starting with AWS/ are reserved for AWS.");
  await rejects(create({ logGroupName: "no spaces" }), "InvalidParameterException");
});

test("groups are found by prefix, by a part of the name and by identifiers", async (t) => {
  const { client } = await startLogs(t);
  for (const logGroupName of ["/aws/lambda/Data", "/aws/lambda/data_1", "GroupData", "data-2"]) {
    await client.send(new CreateLogGroupCommand({ logGroupName }));
  }
  const names = async (input: object) => {
    const { logGroups } = await client.send(new DescribeLogGroupsCommand(input));
    return logGroups?.map((group) => group.logGroupName);
  };
  assert.deepEqual(await names({ logGroupNamePrefix: "/aws/lambda/" }), ["/aws/lambda/Data", "/aws/lambda/data_1"]);
  assert.deepEqual(await names({ logGroupNamePrefix: "/AWS" }), []);
  assert.deepEqual(await names({ logGroupNamePattern: "Data" }), ["/aws/lambda/Data", "GroupData"]);
  assert.deepEqual(await names({ logGroupIdentifiers: [arnOf("data-2"), "GroupData"] }), ["GroupData", "data-2"]);
  assert.deepEqual(await names({ logGroupClass: "INFREQUENT_ACCESS" }), []);
  await rejects(
    client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "a", logGroupNamePattern: "b" })),
    "InvalidParameterException",
    "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
  );
});

test("a listing goes on where its page ended", async (t) => {
  const { client } = await startLogs(t);
  const all = Array.from({ length: 7 }, (_, i) => `g${i}`);
  for (const logGroupName of all) await client.send(new CreateLogGroupCommand({ logGroupName }));
  const pages: number[] = [];
  const names: (string | undefined)[] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, { limit: 3 })) {
    pages.push(logGroups.length);
    names.push(...logGroups.map((group) => group.logGroupName));
  }
  assert.deepEqual([pages, names], [[3, 3, 1], all]);
  await rejects(
    client.send(new DescribeLogGroupsCommand({ nextToken: "x" })),
    "InvalidParameterException",
    "The specified nextToken is invalid.",
  );
});

test("a deleted group is gone with its events, and can be created anew", async (t) => {
  const { client, buffer, to } = await startLogs(t);
  buffer.write(to("g", "s"), Date.now(), "old");
  await client.send(new DeleteLogGroupCommand({ logGroupName: "g" }));
  const missing = "The specified log group does not exist.";
  await rejects(client.send(new DeleteLogGroupCommand({ logGroupName: "g" })), "ResourceNotFoundException", missing);
  await rejects(client.send(new FilterLogEventsCommand({ logGroupName: "g" })), "ResourceNotFoundException", missing);
  await client.send(new CreateLogGroupCommand({ logGroupName: "g" }));
  assert.deepEqual((await client.send(new FilterLogEventsCommand({ logGroupName: "g" }))).events, []);
});

test("a protected group cannot be deleted until that is taken back", async (t) => {
  const { client } = await startLogs(t);
  await client.send(new CreateLogGroupCommand({ logGroupName: "g", deletionProtectionEnabled: true }));
  await rejects(client.send(new DeleteLogGroupCommand({ logGroupName: "g" })), "ValidationException");
  await client.send(new PutLogGroupDeletionProtectionCommand({ logGroupIdentifier: "g", deletionProtectionEnabled: false }));
  await client.send(new DeleteLogGroupCommand({ logGroupName: "g" }));
});

test("retention is set to AWS's values and taken away", async (t) => {
  const { client } = await startLogs(t);
  const retention = async () => (await client.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.retentionInDays;
  await client.send(new CreateLogGroupCommand({ logGroupName: "g" }));
  await client.send(new PutRetentionPolicyCommand({ logGroupName: "g", retentionInDays: 7 }));
  assert.equal(await retention(), 7);
  await client.send(new DeleteRetentionPolicyCommand({ logGroupName: "g" }));
  assert.equal(await retention(), undefined);
  await rejects(client.send(new PutRetentionPolicyCommand({ logGroupName: "g", retentionInDays: 8 })), "InvalidParameterException");
  await rejects(client.send(new PutRetentionPolicyCommand({ logGroupName: "h", retentionInDays: 7 })), "ResourceNotFoundException");
  await rejects(client.send(new DeleteRetentionPolicyCommand({ logGroupName: "h" })), "ResourceNotFoundException");
});

test("tags are changed by both generations of operations", async (t) => {
  const { client } = await startLogs(t);
  await client.send(new CreateLogGroupCommand({ logGroupName: "g", tags: { a: "1" } }));
  const resourceArn = arnOf("g");
  await client.send(new TagResourceCommand({ resourceArn, tags: { b: "2", a: "3" } }));
  await client.send(new TagLogGroupCommand({ logGroupName: "g", tags: { c: "4" } }));
  await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ["a", "unknown"] }));
  await client.send(new UntagLogGroupCommand({ logGroupName: "g", tags: ["unknown"] }));
  assert.deepEqual((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags, { b: "2", c: "4" });
  assert.deepEqual((await client.send(new ListTagsLogGroupCommand({ logGroupName: "g" }))).tags, { b: "2", c: "4" });
  const many = Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`k${i}`, "v"]));
  await rejects(client.send(new TagResourceCommand({ resourceArn, tags: many })), "TooManyTagsException");
  await rejects(client.send(new TagResourceCommand({ resourceArn: arnOf("h"), tags: { a: "1" } })), "ResourceNotFoundException");
});

test("an operation that is not built names itself", async (t) => {
  const { client } = await startLogs(t);
  const input = { logGroupName: "g", filterName: "f", filterPattern: "", metricTransformations: [] };
  await assert.rejects(client.send(new PutMetricFilterCommand(input)), /logs:PutMetricFilter/);
});
