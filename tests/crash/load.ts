// What callers do while things are killed around them, and what they know for certain: events, queue messages, functions made and removed.

import assert from "node:assert/strict";
import { CreateFunctionCommand, DeleteFunctionCommand, InvokeCommand, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { DeleteMessageCommand, GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ACCOUNT, REGION, ROLE, type RunningServer } from "../platform/running-server.ts";

const PAUSE_MS = 25;
/** Of the queue. Short: what a killed server had handed out is to come again before the end. */
export const VISIBILITY_S = 1;

/** Acknowledged, over all rounds. What failed may or may not have happened. */
export class Ledger {
  readonly events = new Set<number>();
  readonly messages = new Set<string>();
  readonly received = new Set<string>();
  /** Perhaps taken: the answer to their deletion never came. */
  readonly doubtful = new Set<string>();
  readonly made = new Set<string>();
  readonly removed = new Set<string>();
  /** Of which something was asked that was not answered. */
  readonly unsure = new Set<string>();
  failures = 0;
  #numbers = 0;

  next(): number {
    return ++this.#numbers;
  }

  get acknowledged(): number {
    return this.events.size + this.messages.size + this.received.size + this.made.size + this.removed.size;
  }
}

/** Callers of one server, until they are stopped; they outlive its death and go on when it is back. */
export class Load {
  readonly #ledger: Ledger;
  readonly #server: () => RunningServer;
  readonly #zip: Uint8Array;
  #isOver = false;
  readonly #running: Promise<unknown>;

  constructor(ledger: Ledger, zip: Uint8Array, server: () => RunningServer) {
    this.#ledger = ledger;
    this.#zip = zip;
    this.#server = server;
    const events = () => this.#forEver(() => this.#event());
    this.#running = Promise.all([events(), events(), events(), this.#forEver(() => this.#queue()), this.#forEver(() => this.#function())]);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #forEver(work: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      await work().catch((error: unknown) => {
        if (error instanceof assert.AssertionError) throw error;
        this.#ledger.failures++;
      });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #event(): Promise<void> {
    const n = this.#ledger.next();
    await this.#server().client.send(new InvokeCommand({ FunctionName: "fn", InvocationType: "Event", Payload: JSON.stringify({ n }) }));
    this.#ledger.events.add(n);
  }

  async #queue(): Promise<void> {
    await withQueue(this.#server(), async (sqs, QueueUrl) => {
      const MessageBody = `message ${this.#ledger.next()}`;
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
      this.#ledger.messages.add(MessageBody);
      if (this.#ledger.messages.size % 2 === 0) return;
      const askedMs = performance.now();
      const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      if (message === undefined) return;
      this.#ledger.doubtful.add(message.Body!);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle! }));
      const isInTime = performance.now() - askedMs < VISIBILITY_S * 1_000; // later the deletion may have met somebody else's lease
      if (isInTime) this.#ledger.received.add(message.Body!);
    });
  }

  /** Makes one, and removes every other one. */
  async #function(): Promise<void> {
    const { client } = this.#server();
    const number = this.#ledger.next();
    const FunctionName = `made-${number}`;
    this.#ledger.unsure.add(FunctionName);
    const settings = { Role: ROLE, Runtime: "nodejs24.x", Handler: "index.handler" } as const;
    await client.send(new CreateFunctionCommand({ FunctionName, Code: { ZipFile: this.#zip }, ...settings }));
    this.#ledger.made.add(FunctionName);
    if (this.#ledger.made.size % 2 === 0) {
      await client.send(new DeleteFunctionCommand({ FunctionName }));
      this.#ledger.removed.add(FunctionName);
    }
    this.#ledger.unsure.delete(FunctionName);
  }
}

export async function withQueue<T>(server: RunningServer, use: (sqs: SQSClient, url: string) => Promise<T>): Promise<T> {
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: "any" };
  const sqs = new SQSClient({ endpoint: server.process.endpoint, region: REGION, credentials, maxAttempts: 1 });
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "crash" }));
    return await use(sqs, QueueUrl!);
  } finally {
    sqs.destroy();
  }
}

/** What was acknowledged and is not so: functions that are missing, functions that came back, messages that are missing, messages that came back. */
export async function broken(ledger: Ledger, server: RunningServer): Promise<Readonly<Record<string, readonly string[]>>> {
  const names = await functionNames(server);
  const waiting = await drained(server);
  const isSure = (name: string) => !ledger.unsure.has(name);
  return {
    functionsLost: [...ledger.made].filter((name) => isSure(name) && !ledger.removed.has(name) && !names.has(name)),
    functionsBack: [...ledger.removed].filter((name) => names.has(name)),
    messagesLost: [...ledger.messages].filter((body) => !waiting.has(body) && !ledger.doubtful.has(body)),
    messagesBack: [...ledger.received].filter((body) => waiting.has(body)),
  };
}

async function functionNames({ client }: RunningServer): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (let Marker: string | undefined; ; ) {
    const { Functions = [], NextMarker } = await client.send(new ListFunctionsCommand({ Marker }));
    for (const { FunctionName } of Functions) names.add(FunctionName!);
    if (NextMarker === undefined) return names;
    Marker = NextMarker;
  }
}

/** Bodies of all messages that are left, those in flight included (they come again within the queue's visibility timeout). */
async function drained(server: RunningServer): Promise<ReadonlySet<string>> {
  return withQueue(server, async (sqs, QueueUrl) => {
    const bodies = new Set<string>();
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2 * VISIBILITY_S, VisibilityTimeout: 60 }), // until they are deleted
      );
      if (Messages.length === 0) return bodies;
      for (const { Body, ReceiptHandle } of Messages) {
        bodies.add(Body!);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: ReceiptHandle! }));
      }
    }
  });
}
