// A real server whose machine's clock is set forward or back by hours: nothing is held up, and nothing ends or comes again before its time.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, type TestContext, test } from "node:test";
import { CreateEventSourceMappingCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { zipOf } from "../services/lambda/zip-of.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";
import { startSink } from "./sink.ts";

const HOUR_MS = 3_600_000;
const entry = join(import.meta.dirname, "set-clock.ts");

async function openMachine(t: TestContext) {
  const data = await mkdtemp(join(tmpdir(), "lambent-set-clock-"));
  t.after(async () => {
    await rm(data, { recursive: true, force: true });
    await rm(`${data}-clock`, { force: true });
  });
  return {
    /** Against the true time. */
    setClock: (hours: number) => writeFile(`${data}-clock`, String(hours * HOUR_MS)),
    async start(args: readonly string[] = []): Promise<RunningServer> {
      const server = await startServer({ data, entry, args });
      t.after(() => server.close());
      return server;
    },
  };
}

/** Request signatures are not checked in open mode, so that the client's clock does not matter. */
async function openQueue(t: TestContext, { process }: RunningServer, QueueName: string, Attributes: Record<string, string> = {}) {
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: "any" };
  const sqs = new SQSClient({ endpoint: process.endpoint, region: REGION, credentials, maxAttempts: 1 });
  t.after(() => sqs.destroy());
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return {
    send: (MessageBody: string, more: object = {}) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more })),
    async receive(settings: Partial<ReceiveMessageCommandInput> = {}) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...settings }));
      return Messages;
    },
    remove: (ReceiptHandle: string) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
  };
}

const bodies = (messages: readonly { readonly Body?: string | undefined }[]) => messages.map(({ Body }) => Body).toSorted();

suite("a machine's clock that is set", { timeout: 300_000 }, () => {
  test("back by hours holds no message up, and nobody who waits", async (t) => {
    const machine = await openMachine(t);
    const server = await machine.start();
    const queue = await openQueue(t, server, "q");
    await queue.send("before");
    const waiting = openQueue(t, server, "empty").then(({ receive }) => receive({ WaitTimeSeconds: 2 }));
    await machine.setClock(-3);
    await queue.send("after");
    for (const settings of [{ VisibilityTimeout: 1 }, { VisibilityTimeout: 60, WaitTimeSeconds: 5 }]) {
      const received = new Set<string>(); // the second time they come again
      while (received.size < 2) for (const { Body } of await queue.receive(settings)) received.add(Body!);
      assert.deepEqual([...received].toSorted(), ["after", "before"]);
    }
    assert.deepEqual(await waiting, []);
    await server.process.until(/clock was set back by 10800 s/);
  });

  test("forward by hours ends no lease, no delay and no window of deduplication", async (t) => {
    const machine = await openMachine(t);
    const server = await machine.start();
    const queue = await openQueue(t, server, "q", { MessageRetentionPeriod: "3600" });
    const fifo = await openQueue(t, server, "q.fifo", { FifoQueue: "true" });
    await queue.send("held");
    const [held] = await queue.receive();
    await queue.send("delayed", { DelaySeconds: 900 });
    const ids = { MessageGroupId: "g", MessageDeduplicationId: "1" };
    const { MessageId } = await fifo.send("one", ids);
    const [one] = await fifo.receive();
    await machine.setClock(3);
    assert.deepEqual(await queue.receive({ WaitTimeSeconds: 2 }), []);
    assert.equal((await fifo.send("one", ids)).MessageId, MessageId);
    await fifo.remove(one!.ReceiptHandle!); // a FIFO queue refuses it once the lease is over
    await queue.remove(held!.ReceiptHandle!);
    await machine.setClock(0);
    assert.deepEqual(await queue.receive(), []);
  });

  test("forward by hours ends no asynchronous invocation by its age", async (t) => {
    const machine = await openMachine(t);
    const { port, told, until } = await startSink(t);
    const expose = ["--expose", `sink=127.0.0.1:${port}`, "--runtime-path", `nodejs24.x=${process.execPath}`];
    const server = await machine.start([...expose, "--async-retry-seconds", "1,1"]);
    const code = `export const handler = async (event, { awsRequestId: requestId }) => {
      await fetch("http://sink.lambent.internal:${port}/", { method: "POST", body: JSON.stringify({ requestId, event }) });
      throw new Error("as asked");
    };`;
    await server.create("fn", await zipOf({ "index.mjs": code }), { Runtime: "nodejs24.x", MemorySize: 256 });
    await server.client.send(new InvokeCommand({ FunctionName: "fn", InvocationType: "Event", Payload: "{}" }));
    await until((all) => all.length === 1);
    await machine.setClock(7);
    await until((all) => all.length === 3);
    assert.equal(new Set(told.map(({ requestId }) => requestId)).size, 1);
  });

  test("brings no batch of a mapping again while it runs, and holds the next one up no more", async (t) => {
    const machine = await openMachine(t);
    const { port, told, until } = await startSink(t);
    const server = await machine.start(["--expose", `sink=127.0.0.1:${port}`, "--runtime-path", `nodejs24.x=${process.execPath}`]);
    const code = `export const handler = async ({ Records: [{ body }] }, { awsRequestId: requestId }) => {
      const tell = (n) => fetch("http://sink.lambent.internal:${port}/", { method: "POST", body: JSON.stringify({ requestId, event: { n } }) });
      await tell(Number(body));
      if (body === "1") await new Promise((resolve) => setTimeout(resolve, 3000));
      await tell(-Number(body));
    };`;
    await server.create("fn", await zipOf({ "index.mjs": code }), { Runtime: "nodejs24.x", MemorySize: 256 });
    const queue = await openQueue(t, server, "q", { VisibilityTimeout: "60" });
    const EventSourceArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:q`;
    await server.client.send(new CreateEventSourceMappingCommand({ FunctionName: "fn", EventSourceArn, BatchSize: 1 }));
    await queue.send("1");
    await until((all) => all.length === 1);
    await machine.setClock(3);
    await until((all) => all.length === 2);
    await machine.setClock(-3);
    await queue.send("2");
    await until((all) => all.length === 4);
    assert.deepEqual(
      told.map(({ event }) => event.n),
      [1, -1, 2, -2],
    );
  });

  test("back keeps no environment that nobody needs", async (t) => {
    const machine = await openMachine(t);
    const server = await machine.start(["--keep-idle", "2", "--runtime-path", `nodejs24.x=${process.execPath}`]);
    const code = "export const handler = async () => 1;";
    await server.create("fn", await zipOf({ "index.mjs": code }), { Runtime: "nodejs24.x", MemorySize: 256 });
    await server.call("fn"); // from here on there is an environment
    const environments = async () => {
      const health = await fetch(`${server.process.endpoint}/_lambent/health`);
      const { idle, busy } = (await health.json()) as { readonly idle: number; readonly busy: number };
      return idle + busy;
    };
    await machine.setClock(-3);
    while ((await environments()) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  });

  test("back while the server is down holds up nothing that was sent before", async (t) => {
    const machine = await openMachine(t);
    const first = await machine.start();
    await (await openQueue(t, first, "q")).send("before");
    await first.process.stop();
    await machine.setClock(-3);
    const second = await machine.start();
    assert.deepEqual(bodies(await (await openQueue(t, second, "q")).receive()), ["before"]);
  });
});
