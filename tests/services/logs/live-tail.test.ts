import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateLogGroupCommand,
  type LiveTailSessionLogEvent,
  StartLiveTailCommand,
  type StartLiveTailResponseStream,
} from "@aws-sdk/client-cloudwatch-logs";
import { rejects, startLogs } from "./logs-server.ts";

const arnOf = (name: string) => `arn:aws:logs:us-east-1:000000000000:log-group:${name}`;

/** Reads until `enough` says so, then hangs up. */
async function readUntil(
  stream: AsyncIterable<StartLiveTailResponseStream> | undefined,
  enough: (event: StartLiveTailResponseStream, results: readonly LiveTailSessionLogEvent[]) => boolean,
): Promise<LiveTailSessionLogEvent[]> {
  const results: LiveTailSessionLogEvent[] = [];
  for await (const event of stream!) {
    results.push(...(event.sessionUpdate?.sessionResults ?? []));
    if (enough(event, results)) break;
  }
  return results;
}

test("a session starts with what it was asked for, then sends matching events as they come", async (t) => {
  const { client, buffer, to, logs } = await startLogs(t);
  await client.send(new CreateLogGroupCommand({ logGroupName: "g" }));
  const input = { logGroupIdentifiers: [arnOf("g")], logStreamNamePrefixes: ["a"], logEventFilterPattern: "yes" };
  const { responseStream } = await client.send(new StartLiveTailCommand(input));
  const results = await readUntil(responseStream, (event, results) => {
    if (event.sessionStart !== undefined) {
      assert.deepEqual(event.sessionStart.logGroupIdentifiers, [arnOf("g")]);
      assert.deepEqual(event.sessionStart.logStreamNamePrefixes, ["a"]);
      assert.equal(event.sessionStart.logEventFilterPattern, "yes");
      assert.match(event.sessionStart.sessionId!, /^[0-9a-f-]{36}$/);
      return false;
    }
    assert.equal(event.sessionUpdate?.sessionMetadata?.sampled, false);
    buffer.write(to("g", "a1"), 1_000, "yes 1");
    buffer.write(to("g", "a1"), 1_000, "no");
    buffer.write(to("g", "b1"), 1_000, "yes elsewhere");
    buffer.write(to("h", "a1"), 1_000, "yes in another group");
    return results.length > 0;
  });
  assert.ok(results.every((event) => event.message === "yes 1"));
  const { ingestionTime, ...event } = results[0]!;
  assert.ok(ingestionTime! > 1_000);
  assert.deepEqual(event, { logStreamName: "a1", logGroupIdentifier: "000000000000:g", message: "yes 1", timestamp: 1_000 });
  client.destroy();
  while ((logs.sessions.get("000000000000/us-east-1") ?? 0) > 0) await new Promise(setImmediate);
});

test("more than 500 events in a second are sampled", async (t) => {
  const { client, buffer, to } = await startLogs(t);
  await client.send(new CreateLogGroupCommand({ logGroupName: "g" }));
  const { responseStream } = await client.send(new StartLiveTailCommand({ logGroupIdentifiers: [arnOf("g")] }));
  const results = await readUntil(responseStream, (event, results) => {
    if (event.sessionUpdate !== undefined && results.length === 0) {
      for (let i = 0; i < 600; i++) buffer.write(to("g", "s"), 1_000, `${i}`);
      return false;
    }
    return event.sessionUpdate?.sessionMetadata?.sampled === true;
  });
  assert.equal(results.length, 500);
});

test("what AWS refuses is refused before the stream begins", async (t) => {
  const { client, logs } = await startLogs(t);
  await client.send(new CreateLogGroupCommand({ logGroupName: "g" }));
  const start = (input: object) => client.send(new StartLiveTailCommand({ logGroupIdentifiers: [arnOf("g")], ...input }));
  await rejects(start({ logGroupIdentifiers: [arnOf("none")] }), "ResourceNotFoundException", "The specified log group does not exist.");
  await rejects(start({ logGroupIdentifiers: [`${arnOf("g")}:*`] }), "InvalidParameterException");
  await rejects(start({ logStreamNames: ["a"], logStreamNamePrefixes: ["a"] }), "InvalidParameterException");
  await rejects(
    start({ logEventFilterPattern: '""' }),
    "InvalidParameterException",
    `Invalid filter pattern: Invalid character(s) in term '""'`,
  );
  logs.sessions.set("000000000000/us-east-1", 15);
  await rejects(start({}), "LimitExceededException");
});
