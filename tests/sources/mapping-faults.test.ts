// What a mapping needs goes, or its disk fills up, in a real server: no message is lost, the mapping says what is wrong, and it goes on.

import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, type TestContext, test } from "node:test";
import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  PublishVersionCommand,
} from "@aws-sdk/client-lambda";
import {
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { mountSmallDisk } from "../store/small-disk.ts";
import { arnOf, bodiesOf, type MappingServer, startMappingServer } from "./mapping-server.ts";

const MS = 2_000;

async function startMapped(t: TestContext, functionName: string, settings: Record<string, string> = { VisibilityTimeout: "60" }) {
  const server = await startMappingServer(t);
  await server.worker("fn");
  const url = await server.queue("q", settings);
  if (functionName.includes(":")) await pointAlias(server);
  const { UUID } = await server.map(functionName, "q");
  const shown = () => server.client.send(new GetEventSourceMappingCommand({ UUID }));
  await server.send(url, ["before"]);
  await server.sink.until((bodies) => bodies.includes("before"));
  await server.empty(url);
  return { server, url, UUID, shown };
}

async function pointAlias(server: MappingServer) {
  const { Version: FunctionVersion } = await server.client.send(new PublishVersionCommand({ FunctionName: "fn" }));
  await server.client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "live", FunctionVersion }));
}

/** Seen and left: 1 is this look itself. */
async function receivesOf(server: MappingServer, QueueUrl: string): Promise<string | undefined> {
  const look = { QueueUrl, WaitTimeSeconds: 1, VisibilityTimeout: 0, MessageSystemAttributeNames: ["ApproximateReceiveCount" as const] };
  const { Messages = [] } = await server.sqs.send(new ReceiveMessageCommand(look));
  return Messages[0]?.Attributes?.ApproximateReceiveCount;
}

suite("a mapping", { timeout: 280_000 }, () => {
  test("whose function is deleted takes nothing, not even where it waits already, and goes on with a new one", async (t) => {
    const { server, url, shown } = await startMapped(t, "fn");
    await server.client.send(new DeleteFunctionCommand({ FunctionName: "fn" }));
    await server.send(url, ["after"]);
    assert.equal(await receivesOf(server, url), "1");
    const { State, LastProcessingResult } = await shown();
    assert.deepEqual([State, LastProcessingResult], ["Enabled", "PROBLEM: The function fn does not exist"]);
    await server.worker("fn");
    await server.sink.until((bodies) => bodies.includes("after"));
    const receives = server.sink.told.at(-1)?.event.Records[0]?.attributes.ApproximateReceiveCount;
    assert.equal(receives, "2", "a batch for a function that is still Pending waits, and is not left until its lease ends");
    await server.empty(url);
    assert.equal((await shown()).LastProcessingResult, undefined);
  });

  test("whose alias is deleted takes nothing, and goes on when there is one again", async (t) => {
    const { server, url, shown } = await startMapped(t, "fn:live");
    await server.client.send(new DeleteAliasCommand({ FunctionName: "fn", Name: "live" }));
    await server.send(url, ["after"]);
    assert.equal(await receivesOf(server, url), "1");
    assert.match((await shown()).LastProcessingResult ?? "", /^PROBLEM: The function fn:live does not exist$/);
    await pointAlias(server);
    await server.sink.until((bodies) => bodies.includes("after"));
    await server.empty(url);
  });

  test("whose queue is deleted says so, also under a batch that runs, and can be deleted", async (t) => {
    const { server, url, UUID, shown } = await startMapped(t, "fn");
    await server.send(url, [`{"ms":${MS}}`]);
    await server.sink.until((bodies) => bodies.includes(`{"ms":${MS}}`));
    await server.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    const { State, LastProcessingResult } = await shown();
    assert.deepEqual([State, LastProcessingResult], ["Enabled", `PROBLEM: The queue ${arnOf("q")} does not exist`]);
    await server.process.until(/waits: The queue .* does not exist/);
    assert.equal((await server.client.send(new DeleteEventSourceMappingCommand({ UUID }))).State, "Deleting");
    await assert.rejects(shown(), { name: "ResourceNotFoundException" });
  });

  test("whose queue is purged while a batch is in flight does not see it again, though it fails, and goes on", async (t) => {
    const { server, url } = await startMapped(t, "fn", { VisibilityTimeout: "20" });
    const failing = `{"ms":${MS},"fail":true}`;
    await server.send(url, [failing]);
    await server.sink.until((bodies) => bodies.includes(failing));
    await server.sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
    const { Attributes } = await server.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }));
    assert.deepEqual([Attributes?.ApproximateNumberOfMessages, Attributes?.ApproximateNumberOfMessagesNotVisible], ["0", "0"]);
    await server.send(url, ["after"]);
    await server.sink.until((bodies) => bodies.includes("after"));
    await server.empty(url);
    assert.deepEqual(bodiesOf(server.sink.told), ["before", failing, "after"]);
  });

  test("on a disk that fills up loses no message, and goes on when there is room", async (t) => {
    const disk = mountSmallDisk(t, 24);
    if (disk === undefined) return t.skip("mounting a file system needs root on Linux");
    const server = await startMappingServer(t, { data: join(disk.path, "data") });
    await server.worker("fn");
    const url = await server.queue("q", { VisibilityTimeout: "20" });
    const heap = await server.queue("heap");
    await server.map("fn", "q", { BatchSize: 1 });
    const sent: string[] = [];
    const work = async () => {
      for (let n = 0; ; n++) {
        const MessageBody = `{"n":${n},"ms":5}`;
        await server.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
        sent.push(MessageBody);
        await server.sqs.send(new SendMessageCommand({ QueueUrl: heap, MessageBody: `${n}.${"x".repeat(200_000)}` }));
      }
    };
    await assert.rejects(work(), (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode === 500);
    disk.enlarge(96);
    await server.sink.until((bodies) => sent.every((body) => bodies.includes(body)));
    await server.send(url, ["after"]);
    await server.sink.until((bodies) => bodies.includes("after"));
    await server.empty(url);
  });
});
