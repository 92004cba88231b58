// Answers that are streams: they arrive as they are made, and end as their source does.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CloudWatchLogsClient, StartLiveTailCommand } from "@aws-sdk/client-cloudwatch-logs";
import { InvokeWithResponseStreamCommand, type InvokeWithResponseStreamResponseEvent, LambdaClient } from "@aws-sdk/client-lambda";
import { clientOptions } from "../wire/sdk-clients.ts";
import { type OpenGateway, openGateway } from "./open-gateway.ts";

let gateway: OpenGateway;
let events: () => AsyncIterable<object>;

before(async () => {
  const lambda = { InvokeWithResponseStream: async () => ({ StatusCode: 200, ExecutedVersion: "$LATEST", EventStream: events() }) };
  const logs = { StartLiveTail: async () => ({ responseStream: events() }) };
  gateway = await openGateway({ lambda: { operations: lambda, context: undefined }, logs: { operations: logs, context: undefined } });
});
after(() => gateway.close());

async function invoke(): Promise<AsyncIterable<InvokeWithResponseStreamResponseEvent>> {
  const client = new LambdaClient(clientOptions(gateway.port));
  return (await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "f" }))).EventStream!;
}

const chunk = (text: string) => ({ PayloadChunk: { Payload: Buffer.from(text) } });

test("a chunk arrives before the next one is made", async () => {
  const arrived = Promise.withResolvers<void>();
  events = async function* () {
    yield chunk("first");
    await arrived.promise;
    yield chunk("second");
    yield { InvokeComplete: {} };
  };
  const received: string[] = [];
  for await (const event of await invoke()) {
    received.push(event.PayloadChunk ? Buffer.from(event.PayloadChunk.Payload ?? []).toString() : "complete");
    arrived.resolve();
  }
  assert.deepEqual(received, ["first", "second", "complete"]);
});

test("a stream whose source fails is cut, and the failure is logged", async () => {
  events = async function* () {
    yield chunk("first");
    throw new Error("the source failed");
  };
  await assert.rejects(async () => {
    for await (const _ of await invoke());
  });
  assert.match(String(gateway.failures.splice(0)), /the source failed/);
});

test("a caller that leaves a stream ends its source, and is no failure", async () => {
  const ended = Promise.withResolvers<void>();
  events = async function* () {
    try {
      for (;;) yield chunk("more".repeat(10_000));
    } finally {
      ended.resolve();
    }
  };
  const leave = new AbortController();
  const answer = await fetch(`${gateway.url}/2021-11-15/functions/f/response-streaming-invocations`, {
    method: "POST",
    signal: leave.signal,
  });
  await answer.body!.getReader().read();
  leave.abort();
  await ended.promise;
  assert.deepEqual(gateway.failures, []);
});

test("an error of the model in a stream is the client's error", async () => {
  events = async function* () {
    yield { sessionStart: { requestId: "r", logGroupIdentifiers: ["g"] } };
    yield { SessionTimeoutException: { message: "three hours" } };
  };
  const client = new CloudWatchLogsClient(clientOptions(gateway.port));
  const { responseStream } = await client.send(
    new StartLiveTailCommand({ logGroupIdentifiers: ["arn:aws:logs:eu-west-1:000000000000:log-group:g"] }),
  );
  const received: object[] = [];
  await assert.rejects(
    async () => {
      for await (const event of responseStream!) received.push(event);
    },
    { name: "SessionTimeoutException", message: "three hours" },
  );
  assert.equal(received.length, 1);
});
