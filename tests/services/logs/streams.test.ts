import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogStreamCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  paginateDescribeLogStreams,
} from "@aws-sdk/client-cloudwatch-logs";
import { rejects, startLogs } from "./logs-server.ts";

test("a stream is described with the times of its events", async (t) => {
  const { client, buffer, to } = await startLogs(t);
  const now = Date.now();
  await client.send(new CreateLogGroupCommand({ logGroupName: "g" }));
  await client.send(new CreateLogStreamCommand({ logGroupName: "g", logStreamName: "a" }));
  buffer.write(to("g", "b"), now - 5_000, "first");
  buffer.write(to("g", "b"), now, "last");
  const { logStreams } = await client.send(new DescribeLogStreamsCommand({ logGroupName: "g" }));
  assert.deepEqual(
    logStreams?.map((stream) => stream.logStreamName),
    ["a", "b"],
  );
  assert.deepEqual([logStreams![0]!.firstEventTimestamp, logStreams![0]!.storedBytes], [undefined, 0]);
  assert.deepEqual([logStreams![1]!.firstEventTimestamp, logStreams![1]!.lastEventTimestamp], [now - 5_000, now]);
  assert.ok(logStreams![1]!.lastIngestionTime! >= now);
  assert.equal(logStreams![1]!.arn, "arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:b");
});

test("streams are ordered by name or by their last event, both ways, over pages", async (t) => {
  const { client, buffer, to } = await startLogs(t);
  const ages = { c: 1, a: 3, d: 2, b: 3 };
  const now = Date.now();
  for (const [name, age] of Object.entries(ages)) buffer.write(to("g", name), now - age * 60_000, "x");
  const names = async (input: object) => {
    const found: string[] = [];
    for await (const { logStreams = [] } of paginateDescribeLogStreams({ client }, { logGroupName: "g", limit: 2, ...input })) {
      found.push(...logStreams.map((stream) => stream.logStreamName!));
    }
    return found.join("");
  };
  assert.equal(await names({}), "abcd");
  assert.equal(await names({ descending: true }), "dcba");
  assert.equal(await names({ orderBy: "LastEventTime" }), "abdc");
  assert.equal(await names({ orderBy: "LastEventTime", descending: true }), "cdba");
  assert.equal(await names({ logStreamNamePrefix: "c" }), "c");
});

test("prefix and order by time exclude each other, and so do name and ARN", async (t) => {
  const { client } = await startLogs(t);
  await client.send(new CreateLogGroupCommand({ logGroupName: "g" }));
  const describe = (input: object) => client.send(new DescribeLogStreamsCommand(input));
  await rejects(
    describe({ logGroupName: "g", orderBy: "LastEventTime", logStreamNamePrefix: "a" }),
    "InvalidParameterException",
    "Cannot order by LastEventTime with a logStreamNamePrefix.",
  );
  await rejects(
    describe({ logGroupName: "g", logGroupIdentifier: "g" }),
    "ValidationException",
    "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
  );
  await rejects(describe({ logGroupName: "h" }), "ResourceNotFoundException", "The specified log group does not exist.");
  assert.deepEqual((await describe({ logGroupIdentifier: "arn:aws:logs:us-east-1:000000000000:log-group:g" })).logStreams, []);
  await rejects(describe({ logGroupIdentifier: "arn:aws:logs:eu-west-1:000000000000:log-group:g" }), "ResourceNotFoundException");
});

test("a stream is created once, and deleted with its events", async (t) => {
  const { client, buffer, to } = await startLogs(t);
  const stream = { logGroupName: "g", logStreamName: "s" };
  await rejects(client.send(new CreateLogStreamCommand(stream)), "ResourceNotFoundException", "The specified log group does not exist.");
  await client.send(new CreateLogGroupCommand({ logGroupName: "g" }));
  await client.send(new CreateLogStreamCommand(stream));
  await rejects(
    client.send(new CreateLogStreamCommand(stream)),
    "ResourceAlreadyExistsException",
    "The specified log stream already exists",
  );
  buffer.write(to("g", "s"), Date.now(), "old");
  buffer.write(to("g", "other"), Date.now(), "stays");
  await client.send(new DeleteLogStreamCommand(stream));
  await rejects(client.send(new DeleteLogStreamCommand(stream)), "ResourceNotFoundException", "The specified log stream does not exist.");
  buffer.write(to("g", "s"), Date.now() + 1, "new");
  const { events } = await client.send(new FilterLogEventsCommand({ logGroupName: "g" }));
  assert.deepEqual(
    events?.map((event) => event.message),
    ["stays", "new"],
  );
});
