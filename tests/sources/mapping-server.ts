// A real server with Rust functions that work through queues, clients for both services, and a place that hears what the functions got.

import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  type EventSourceMappingConfiguration,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildFunctions } from "../../scripts/build-functions.ts";
import { ACCOUNT, REGION, type RunningServer, type ServerOptions, startServer } from "../platform/running-server.ts";
import { zipOf } from "../services/lambda/zip-of.ts";

export interface SqsRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Told {
  readonly requestId: string;
  readonly arn: string;
  readonly version: string;
  readonly event: { readonly Records: readonly SqsRecord[] };
}

/** What functions have told. */
export interface Sink {
  readonly port: number;
  readonly told: readonly Told[];
  /** Resolves when `isEnough` of the bodies that all functions have got so far. */
  until(isEnough: (bodies: readonly string[], told: readonly Told[]) => boolean): Promise<void>;
}

export function bodiesOf(told: readonly Told[]): readonly string[] {
  return told.flatMap(({ event }) => event.Records.map(({ body }) => body));
}

export async function openSink(t: TestContext): Promise<Sink> {
  const told: Told[] = [];
  const waiters = new Set<() => void>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    createInterface({ input: socket }).on("line", (line) => {
      if (!line.endsWith("}")) return; // the end of one that was killed
      told.push(JSON.parse(line) as Told);
      for (const look of waiters) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const until: Sink["until"] = (isEnough) =>
    new Promise((resolve) => {
      const look = () => {
        if (!isEnough(bodiesOf(told), told)) return;
        waiters.delete(look);
        resolve();
      };
      waiters.add(look);
      look();
    });
  return { port: (server.address() as AddressInfo).port, told, until };
}

export interface MappingServer extends RunningServer {
  readonly sink: Sink;
  readonly sqs: SQSClient;
  /** A function of the Rust binary queue-worker. */
  worker(name: string, timeoutS?: number): Promise<void>;
  queue(name: string, attributes?: Record<string, string>): Promise<string>;
  map(name: string, queue: string, settings?: Partial<CreateEventSourceMappingCommandInput>): Promise<EventSourceMappingConfiguration>;
  /** In batches of ten; of a FIFO queue with the group of each. */
  send(url: string, bodies: readonly string[], group?: (at: number) => string): Promise<void>;
  /** Resolves when the queue has neither waiting messages nor such that somebody holds. */
  empty(url: string): Promise<void>;
}

export async function startMappingServer(t: TestContext, options: ServerOptions & { readonly sink?: Sink } = {}): Promise<MappingServer> {
  const sink = options.sink ?? (await openSink(t));
  const { "queue-worker": binary = "" } = await buildFunctions();
  const zip = await zipOf({ bootstrap: { content: await readFile(binary), mode: 0o755 } });
  const args = ["--expose", `sink=127.0.0.1:${sink.port}`, ...(options.args ?? [])];
  const server = await startServer({ ...options, args });
  const { credentials } = server.client.config;
  const sqs = new SQSClient({ endpoint: server.process.endpoint, region: REGION, credentials, maxAttempts: 1 });
  t.after(async () => {
    sqs.destroy();
    await server.close();
  });
  return {
    ...server,
    sink,
    sqs,
    worker: (name, Timeout = 20) =>
      server.create(name, zip, {
        Runtime: "provided.al2023",
        Timeout,
        MemorySize: 128,
        Environment: { Variables: { SINK: `sink.lambent.internal:${sink.port}` } },
      }),
    async queue(QueueName, Attributes) {
      return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
    },
    map: (FunctionName, queue, settings) =>
      server.client.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: arnOf(queue), ...settings })),
    send: (url, bodies, group) => sendAll(sqs, url, bodies, group),
    empty: (url) => untilEmpty(sqs, url),
  };
}

export function arnOf(queue: string): string {
  return `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue}`;
}

async function sendAll(sqs: SQSClient, QueueUrl: string, bodies: readonly string[], group?: (at: number) => string): Promise<void> {
  const entries = bodies.map((MessageBody, at) => ({
    Id: String(at % 10),
    MessageBody,
    ...(group === undefined ? {} : { MessageGroupId: group(at), MessageDeduplicationId: `${at}` }),
  }));
  for (let at = 0; at < entries.length; at += 10) {
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: entries.slice(at, at + 10) }));
    if (Failed.length > 0) throw new Error(JSON.stringify(Failed));
  }
}

async function untilEmpty(sqs: SQSClient, QueueUrl: string): Promise<void> {
  for (;;) {
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes;
    if (ApproximateNumberOfMessages === "0" && ApproximateNumberOfMessagesNotVisible === "0") return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
