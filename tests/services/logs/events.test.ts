import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  PutLogEventsCommand,
  type PutLogEventsCommandInput,
  PutRetentionPolicyCommand,
  paginateFilterLogEvents,
  TestMetricFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { type LogsServer, rejects, startLogs } from "./logs-server.ts";

const stream = { logGroupName: "g", logStreamName: "s" };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

async function startWithStream(t: Parameters<typeof startLogs>[0]): Promise<LogsServer> {
  const server = await startLogs(t);
  await server.client.send(new CreateLogGroupCommand({ logGroupName: "g" }));
  await server.client.send(new CreateLogStreamCommand(stream));
  return server;
}

const put = ({ client }: LogsServer, logEvents: PutLogEventsCommandInput["logEvents"]) =>
  client.send(new PutLogEventsCommand({ ...stream, logEvents }));
const get = ({ client }: LogsServer, input: Partial<GetLogEventsCommandInput> = {}) =>
  client.send(new GetLogEventsCommand({ ...stream, ...input }));
const texts = (answer: { events?: readonly { message?: string | undefined }[] | undefined }) =>
  answer.events?.map((event) => event.message);

test("events put are got back", async (t) => {
  const server = await startWithStream(t);
  const timestamp = Date.now();
  const answer = await put(server, [
    { timestamp: timestamp - 1, message: "one\nwith two lines" },
    { timestamp, message: "zwei é" },
  ]);
  assert.equal(answer.rejectedLogEventsInfo, undefined);
  const { events } = await get(server, { startFromHead: true });
  assert.deepEqual(
    events?.map(({ timestamp: at, message }) => [at, message]),
    [
      [timestamp - 1, "one\nwith two lines"],
      [timestamp, "zwei é"],
    ],
  );
  assert.ok(events!.every((event) => event.ingestionTime! >= timestamp));
});

test("events must be in order, and fit one batch", async (t) => {
  const server = await startWithStream(t);
  const timestamp = Date.now();
  await rejects(
    put(server, [
      { timestamp, message: "b" },
      { timestamp: timestamp - 1, message: "a" },
    ]),
    "InvalidParameterException",
    "Log events in a single PutLogEvents request must be in chronological order.",
  );
  await rejects(
    put(server, [{ timestamp, message: "é".repeat(524_280) }]),
    "InvalidParameterException",
    "Upload too large: 1048586 bytes exceeds limit of 1048576",
  );
  await put(server, [{ timestamp, message: "x".repeat(1_048_550) }]);
  await rejects(
    put(
      server,
      Array.from({ length: 10_001 }, () => ({ timestamp, message: "x" })),
    ),
    "InvalidParameterException",
  );
  await rejects(
    put(server, [
      { timestamp: timestamp - DAY_MS - 1, message: "a" },
      { timestamp, message: "b" },
    ]),
    "InvalidParameterException",
    "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
  );
});

test("events too old, too new or beyond retention are named and left out", async (t) => {
  const server = await startWithStream(t);
  const now = Date.now();
  const answer = await put(server, [
    { timestamp: now - 15 * DAY_MS, message: "too old" },
    { timestamp: now, message: "taken" },
    { timestamp: now + 2 * HOUR_MS + 60_000, message: "too new" },
  ]);
  assert.deepEqual(answer.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 });
  assert.deepEqual(texts(await get(server, { startFromHead: true })), ["taken"]);
  await server.client.send(new PutRetentionPolicyCommand({ logGroupName: "g", retentionInDays: 1 }));
  const expired = await put(server, [{ timestamp: now - 2 * DAY_MS, message: "expired" }]);
  assert.deepEqual(expired.rejectedLogEventsInfo, { expiredLogEventEndIndex: 1 });
});

test("events go to an existing stream only", async (t) => {
  const server = await startWithStream(t);
  const to = (input: object) =>
    server.client.send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: Date.now(), message: "x" }], ...input }));
  await rejects(to({ logStreamName: "other" }), "ResourceNotFoundException", "The specified log stream does not exist.");
  await rejects(to({ logGroupName: "other" }), "ResourceNotFoundException", "The specified log group does not exist.");
});

test("GetLogEvents begins with the newest and moves both ways", async (t) => {
  const server = await startWithStream(t);
  const now = Date.now();
  await put(
    server,
    Array.from({ length: 10 }, (_, i) => ({ timestamp: now + i, message: `${i}` })),
  );
  const newest = await get(server, { limit: 4 });
  assert.deepEqual(texts(newest), ["6", "7", "8", "9"]);
  const before = await get(server, { limit: 4, nextToken: newest.nextBackwardToken });
  assert.deepEqual(texts(before), ["2", "3", "4", "5"]);
  const first = await get(server, { limit: 4, nextToken: before.nextBackwardToken });
  assert.deepEqual(texts(first), ["0", "1"]);
  const end = await get(server, { limit: 4, nextToken: first.nextBackwardToken });
  assert.deepEqual([texts(end), end.nextBackwardToken], [[], first.nextBackwardToken]);
  const back = await get(server, { limit: 4, nextToken: first.nextForwardToken });
  assert.deepEqual(texts(back), ["2", "3", "4", "5"]);
});

test("a forward token waits at the end for what comes later", async (t) => {
  const server = await startWithStream(t);
  const empty = await get(server, { startFromHead: true });
  assert.deepEqual(texts(empty), []);
  const now = Date.now();
  await put(server, [{ timestamp: now, message: "a" }]);
  const one = await get(server, { nextToken: empty.nextForwardToken, startFromHead: true });
  assert.deepEqual(texts(one), ["a"]);
  const none = await get(server, { nextToken: one.nextForwardToken, startFromHead: true });
  assert.deepEqual([texts(none), none.nextForwardToken], [[], one.nextForwardToken]);
  await put(server, [{ timestamp: now, message: "b" }]);
  assert.deepEqual(texts(await get(server, { nextToken: none.nextForwardToken, startFromHead: true })), ["b"]);
});

test("GetLogEvents includes the start of its range and not the end", async (t) => {
  const server = await startWithStream(t);
  const now = Date.now();
  await put(
    server,
    Array.from({ length: 4 }, (_, i) => ({ timestamp: now + i, message: `${i}` })),
  );
  assert.deepEqual(texts(await get(server, { startTime: now + 1, endTime: now + 3, startFromHead: true })), ["1", "2"]);
});

test("GetLogEvents refuses what AWS refuses", async (t) => {
  const server = await startWithStream(t);
  await rejects(get(server, { nextToken: "not-a-token" }), "InvalidParameterException", "The specified nextToken is invalid.");
  await rejects(
    get(server, { limit: 10_001 }),
    "InvalidParameterException",
    "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
  );
  await rejects(get(server, { logStreamName: "none" }), "ResourceNotFoundException", "The specified log stream does not exist.");
  await rejects(get(server, { logGroupName: "none" }), "ResourceNotFoundException", "The specified log group does not exist.");
});

test("what a function wrote this very moment can be read, with its line end as on AWS", async (t) => {
  const { client, buffer } = await startLogs(t);
  const to = { account: "000000000000", region: "us-east-1", group: "/aws/lambda/f", stream: "2026/11/25/[$LATEST]x" };
  buffer.write(to, Date.now(), "START");
  const { events } = await client.send(new GetLogEventsCommand({ logGroupName: to.group, logStreamName: to.stream }));
  assert.deepEqual(texts({ events }), ["START\n"]);
});

test("FilterLogEvents gives every member that aws logs tail needs, with ids that are unique and stable", async (t) => {
  const server = await startWithStream(t);
  const timestamp = Date.now();
  await put(server, [
    { timestamp, message: "same" },
    { timestamp, message: "same" },
  ]);
  const read = async () => (await server.client.send(new FilterLogEventsCommand({ logGroupName: "g" }))).events!;
  const [first, second] = await read();
  assert.deepEqual([first!.logStreamName, first!.timestamp, first!.message], ["s", timestamp, "same"]);
  assert.ok(first!.ingestionTime! >= timestamp);
  assert.match(first!.eventId!, /^\d{56}$/);
  assert.notEqual(first!.eventId, second!.eventId);
  server.clock.advance(2 * HOUR_MS);
  await server.upkeep.pass();
  assert.deepEqual(
    (await read()).map((event) => event.eventId),
    [first!.eventId, second!.eventId],
  );
});

test("FilterLogEvents searches by pattern, stream and inclusive time, over pages", async (t) => {
  const server = await startLogs(t);
  const now = Date.now();
  for (let i = 0; i < 30; i++) server.buffer.write(server.to("g", `s${i % 3}`), now + i, JSON.stringify({ i, even: i % 2 === 0 }));
  const numbers = async (input: object) => {
    const found: number[] = [];
    for await (const page of paginateFilterLogEvents({ client: server.client }, { logGroupName: "g", limit: 2, ...input })) {
      assert.ok(page.events!.length <= 2);
      found.push(...page.events!.map((event) => (JSON.parse(event.message!) as { i: number }).i));
    }
    return found;
  };
  assert.deepEqual(await numbers({ filterPattern: "{ $.even IS TRUE && $.i >= 20 }" }), [20, 22, 24, 26, 28]);
  assert.deepEqual(await numbers({ logStreamNames: ["s1"], startTime: now + 3, endTime: now + 10 }), [4, 7, 10]);
  assert.deepEqual(await numbers({ logStreamNamePrefix: "s2", endTime: now + 5 }), [2, 5]);
  assert.equal((await numbers({})).length, 30);
});

test("FilterLogEvents refuses what AWS refuses", async (t) => {
  const server = await startWithStream(t);
  const filter = (input: object) => server.client.send(new FilterLogEventsCommand({ logGroupName: "g", ...input }));
  await rejects(
    filter({ filterPattern: "{ $.a = 1" }),
    "InvalidParameterException",
    "If a filter pattern starts with '{' it must end with '}'",
  );
  await rejects(filter({ filterPattern: '""' }), "InvalidParameterException", `Invalid filter pattern: Invalid character(s) in term '""'`);
  await rejects(filter({ logStreamNames: ["s"], logStreamNamePrefix: "s" }), "InvalidParameterException");
  await rejects(filter({ logStreamNames: ["none"] }), "ResourceNotFoundException", "The specified log stream does not exist.");
  await rejects(filter({ nextToken: "x" }), "InvalidParameterException", "The specified nextToken is invalid.");
});

test("TestMetricFilter numbers the matches and extracts their values", async (t) => {
  const { client } = await startLogs(t);
  const input = { filterPattern: "[ip, ..., status = 4*]", logEventMessages: ["1.2.3.4 a 200", "1.2.3.5 b 404"] };
  const { matches } = await client.send(new TestMetricFilterCommand(input));
  assert.deepEqual(matches, [{ eventNumber: 2, eventMessage: "1.2.3.5 b 404", extractedValues: { $ip: "1.2.3.5", $status: "404" } }]);
});
