// kill -9 of a server under sends, receives and deletes: what was acknowledged is there, what was deleted is not, and FIFO order holds.
// QUEUE_KILL_ROUNDS=200 makes it long.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type LambentProcess, startLambent } from "../../../scripts/lambent-process.ts";

const ROUNDS = Number(process.env.QUEUE_KILL_ROUNDS ?? 3);
const GROUPS = 3;

/** What callers know, over all rounds. */
class Ledger {
  /** Acknowledged. */
  readonly sent = new Set<string>();
  readonly deleted = new Set<string>();
  /** Perhaps deleted: the answer never came. */
  readonly doubtful = new Set<string>();
  /** FIFO: the highest number of each group that was deleted. */
  readonly reached = new Map<string, number>();

  expected(): readonly string[] {
    return [...this.sent].filter((body) => !this.deleted.has(body) && !this.doubtful.has(body));
  }
}

class Worker {
  readonly #client: SQSClient;
  readonly #ledger: Ledger;
  readonly #acknowledged: () => void;

  constructor(client: SQSClient, ledger: Ledger, acknowledged: () => void) {
    this.#client = client;
    this.#ledger = ledger;
    this.#acknowledged = acknowledged;
  }

  async send(QueueUrl: string, prefix: string): Promise<never> {
    for (let number = 0; ; number += 4) {
      const bodies = [0, 1, 2].map((n) => `${prefix}.${number + n}`);
      const Entries = bodies.map((MessageBody, n) => ({ Id: String(n), MessageBody }));
      const { Failed } = await this.#client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      assert.equal(Failed, undefined);
      const single = `${prefix}.${number + 3}`;
      this.#note(bodies);
      await this.#client.send(new SendMessageCommand({ QueueUrl, MessageBody: single }));
      this.#note([single]);
    }
  }

  async sendFifo(QueueUrl: string, group: string, from: number): Promise<never> {
    for (let number = from; ; number++) {
      const MessageBody = `${group}.${number}`;
      await this.#client.send(
        new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: group, MessageDeduplicationId: MessageBody }),
      );
      this.#note([MessageBody]);
    }
  }

  #note(bodies: readonly string[]): void {
    for (const body of bodies) this.#ledger.sent.add(body);
    this.#acknowledged();
  }

  async take(QueueUrl: string): Promise<never> {
    for (;;) await this.takeSome(QueueUrl, 1);
  }

  async takeSome(QueueUrl: string, WaitTimeSeconds: number): Promise<number> {
    const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds, VisibilityTimeout: 2 });
    const deletedBefore = new Set(this.#ledger.deleted); // what another one deletes meanwhile may be on its way to this one
    const { Messages = [] } = await this.#client.send(command);
    if (Messages.length === 0) return 0;
    const bodies = Messages.map(({ Body = "" }) => Body);
    for (const body of bodies) assert.ok(!deletedBefore.has(body), `${body} was deleted, and is back`);
    if (QueueUrl.endsWith(".fifo")) this.#checkOrder(Messages);
    for (const body of bodies) this.#ledger.doubtful.add(body);
    const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
    const { Successful = [] } = await this.#client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    for (const { Id } of Successful) {
      const body = bodies[Number(Id)]!;
      this.#ledger.deleted.add(body);
      this.#ledger.doubtful.delete(body);
      if (QueueUrl.endsWith(".fifo")) this.#ledger.reached.set(placeOf(body).group, placeOf(body).number);
    }
    return Messages.length;
  }

  /** What comes of a group follows what was deleted of it. */
  #checkOrder(messages: readonly Message[]): void {
    const before = new Map<string, number>();
    for (const { Body = "" } of messages) {
      const { group, number } = placeOf(Body);
      assert.ok(number > (this.#ledger.reached.get(group) ?? -1), `${Body} comes after a later one was deleted`);
      assert.ok(number > (before.get(group) ?? -1), `${Body} comes before an earlier one`);
      before.set(group, number);
    }
  }
}

function placeOf(body: string): { readonly group: string; readonly number: number } {
  const [group = "", number = "0"] = body.split(".");
  return { group, number: Number(number) };
}

/** Ends when the connection is gone; anything else fails the test. */
async function untilGone(work: Promise<never>): Promise<void> {
  await work.catch((error: { $metadata?: { httpStatusCode?: number }; code?: string }) => {
    if (error instanceof assert.AssertionError) throw error;
    assert.equal(error.$metadata?.httpStatusCode, undefined, `only the connection may fail: ${String(error)}`);
  });
}

async function queuesOf(client: SQSClient) {
  const create = async (QueueName: string, Attributes = {}) =>
    (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? "";
  return { standard: await create("jobs"), untouched: await create("untouched"), fifo: await create("jobs.fifo", { FifoQueue: "true" }) };
}

async function withServer<R>(data: string, act: (client: SQSClient, server: LambentProcess) => Promise<R>): Promise<R> {
  const server = await startLambent({ args: ["--data", data, "--sandbox", "process"] });
  const credentials = { accessKeyId: "123456789012", secretAccessKey: "any" };
  const client = new SQSClient({ endpoint: server.endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  try {
    return await act(client, server);
  } finally {
    client.destroy();
    server.kill("SIGKILL");
    await server.ended;
  }
}

test("kill -9 loses nothing acknowledged, and brings nothing deleted back", { timeout: 240_000 + ROUNDS * 30_000 }, async (t) => {
  const data = await mkdtemp(join(tmpdir(), "lambent-queue-kill-"));
  t.after(() => rm(data, { recursive: true, force: true }));
  const ledger = new Ledger();
  for (let round = 0; round < ROUNDS; round++) {
    await withServer(data, async (client, server) => {
      const { standard, untouched, fifo } = await queuesOf(client);
      const killAfter = 20 + ((round * 37) % 90);
      let acknowledged = 0;
      const worker = new Worker(client, ledger, () => {
        if (++acknowledged === killAfter) server.kill("SIGKILL");
      });
      const senders = [standard, standard, untouched].map((url, n) => worker.send(url, `r${round}s${n}`));
      const fifoSenders = Array.from({ length: GROUPS }, (_, n) => worker.sendFifo(fifo, `g${n}`, round * 100_000));
      await Promise.all([...senders, ...fifoSenders, worker.take(standard), worker.take(standard), worker.take(fifo)].map(untilGone));
    });
  }
  await withServer(data, async (client) => {
    const { standard, untouched, fifo } = await queuesOf(client);
    const worker = new Worker(client, ledger, () => {});
    assert.ok(ledger.expected().length > 0);
    const deadlineMs = performance.now() + 40_000;
    while (ledger.expected().length > 0 && performance.now() < deadlineMs) {
      await worker.takeSome(standard, 1);
      while ((await worker.takeSome(untouched, 1)) > 0);
      await worker.takeSome(fifo, 1);
    }
    assert.deepEqual(ledger.expected(), []);
  });
});
