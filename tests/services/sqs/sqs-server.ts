// SQS behind a listening gateway, with a real store and the JavaScript SDK as its client.

import assert from "node:assert/strict";
import { after } from "node:test";
import { CreateQueueCommand, GetQueueAttributesCommand, type QueueAttributeName, SQSClient } from "@aws-sdk/client-sqs";
import { systemClock } from "../../../src/lib/clock.ts";
import { systemRandom } from "../../../src/lib/random.ts";
import { MessageMover } from "../../../src/queues/message-mover.ts";
import { SqsQueues } from "../../../src/queues/sqs-queues.ts";
import { operations } from "../../../src/services/sqs/operations.ts";
import { Sqs } from "../../../src/services/sqs/sqs.ts";
import { openStore, type Store, type StorePlace } from "../../../src/store/open.ts";
import { storePlace } from "../../contract/store-place.ts";
import { openGateway } from "../../gateway/open-gateway.ts";

export interface SqsServer {
  readonly url: string;
  readonly account: string;
  readonly client: SQSClient;
  readonly queues: SqsQueues;
  readonly store: Store;
  clientOf(account: string): SQSClient;
  /** The new queue's URL. */
  create(QueueName: string, Attributes?: Record<string, string>): Promise<string>;
  arn(name: string): string;
  attribute(QueueUrl: string, name: QueueAttributeName): Promise<string | undefined>;
}

export type OpenSqs = Pick<SqsServer, "url" | "queues" | "store" | "clientOf"> & {
  readonly failures: readonly unknown[];
  close(): Promise<void>;
};

let shared: Promise<OpenSqs> | undefined;
let lastAccount = 100_000_000_000;

after(async () => {
  const server = await shared;
  await server?.close();
  assert.deepEqual(server?.failures ?? [], []);
});

/** A new account of the server that the file's tests share. */
export async function startSqs(): Promise<SqsServer> {
  shared ??= storePlace().then(openSqs);
  const { url, queues, store, clientOf } = await shared;
  const account = String(++lastAccount);
  const client = clientOf(account);
  return {
    ...{ url, queues, store, clientOf, account, client },
    async create(QueueName, Attributes) {
      const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
      assert.ok(QueueUrl);
      return QueueUrl;
    },
    arn: (name) => `arn:aws:sqs:us-east-1:${account}:${name}`,
    async attribute(QueueUrl, name) {
      const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }));
      return Attributes?.[name];
    },
  };
}

export async function openSqs(place: StorePlace): Promise<OpenSqs> {
  const failures: unknown[] = [];
  const onError = (error: unknown) => void failures.push(error);
  const store = await openStore(place, { clock: systemClock, program: "1.0.0", onFatal: onError, onError });
  const { database } = store;
  const queues = new SqsQueues({ database, queues: store.queues, bus: store.bus, random: systemRandom, onError });
  const mover = new MessageMover({ database, roles: store.roles, bus: store.bus, warn: (_, cause) => onError(cause) });
  const context = new Sqs({ database, queues, clock: systemClock, random: systemRandom, auth: "open" });
  const server = await openGateway({ sqs: { operations, context } });
  const clients: SQSClient[] = [];
  return {
    ...{ url: server.url, queues, store },
    get failures() {
      return [...failures, ...server.failures];
    },
    clientOf(accessKeyId) {
      const credentials = { accessKeyId, secretAccessKey: "test" };
      const client = new SQSClient({ endpoint: server.url, region: "us-east-1", credentials, maxAttempts: 1 });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.destroy();
      await server.close();
      await mover.close();
      await queues.close();
      await store.close();
    },
  };
}

/** Checks AWS's code, as callers of the query protocol read it, and where given its sentence. */
export async function rejects(call: Promise<unknown>, code: string, message?: string | RegExp): Promise<void> {
  await assert.rejects(call, (error: Error & { Code?: string; Error?: { Code?: string } }) => {
    assert.equal(error.Error?.Code ?? error.Code ?? error.name, code, error.message);
    if (typeof message === "string") assert.equal(error.message, message);
    else if (message !== undefined) assert.match(error.message, message);
    return true;
  });
}
