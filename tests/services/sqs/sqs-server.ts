// SQS behind a listening gateway, with a real store and the JavaScript SDK as its client.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { CreateQueueCommand, GetQueueAttributesCommand, type QueueAttributeName, SQSClient } from "@aws-sdk/client-sqs";
import { systemClock } from "../../../src/lib/clock.ts";
import { systemRandom } from "../../../src/lib/random.ts";
import { SqsQueues } from "../../../src/queues/sqs-queues.ts";
import { operations } from "../../../src/services/sqs/operations.ts";
import { Sqs } from "../../../src/services/sqs/sqs.ts";
import { openStore, type Store } from "../../../src/store/open.ts";
import { storePlace } from "../../contract/store-place.ts";
import { openGateway } from "../../gateway/open-gateway.ts";

export const ACCOUNT = "123456789012";

export interface SqsServer {
  readonly url: string;
  readonly client: SQSClient;
  readonly queues: SqsQueues;
  readonly store: Store;
  clientOf(account: string): SQSClient;
  /** The new queue's URL. */
  create(QueueName: string, Attributes?: Record<string, string>): Promise<string>;
  arn(name: string): string;
  attribute(QueueUrl: string, name: QueueAttributeName): Promise<string | undefined>;
}

export async function startSqs(t: TestContext): Promise<SqsServer> {
  const failures: unknown[] = [];
  const onError = (error: unknown) => void failures.push(error);
  const store = await openStore(await storePlace(), { clock: systemClock, program: "1.0.0", onFatal: onError, onError });
  const { database } = store;
  const queues = new SqsQueues({ database, queues: store.queues, bus: store.bus, random: systemRandom, onError });
  const context = new Sqs({ database, queues, clock: systemClock, auth: "open" });
  const server = await openGateway({ sqs: { operations, context } });
  const clients: SQSClient[] = [];
  const clientOf = (accessKeyId: string) => {
    const credentials = { accessKeyId, secretAccessKey: "test" };
    const client = new SQSClient({ endpoint: server.url, region: "us-east-1", credentials, maxAttempts: 1 });
    clients.push(client);
    return client;
  };
  t.after(async () => {
    for (const client of clients) client.destroy();
    await server.close();
    await queues.close();
    await store.close();
    assert.deepEqual([...failures, ...server.failures], []);
  });
  const client = clientOf(ACCOUNT);
  return {
    url: server.url,
    client,
    queues,
    store,
    clientOf,
    async create(QueueName, Attributes) {
      const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
      assert.ok(QueueUrl);
      return QueueUrl;
    },
    arn: (name) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`,
    async attribute(QueueUrl, name) {
      const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }));
      return Attributes?.[name];
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
