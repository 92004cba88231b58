// What a queue costs that starts a function: from SendMessage to the Rust handler (with its floors: one flush of this disk, and an invocation without a queue), messages a second
// through a mapping (with its floor: direct invocations), and how soon the first batch comes once a mapping is enabled. The floors of a latency are measured in turn with it, since a
// disk and a machine have moods. Prints one JSON line; the handler tells over a socket that it runs.
// Usage: npm run bench:mapping   BENCH_MESSAGES=2000 for a short one

import { type FileHandle, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { buildFunctions } from "../scripts/build-functions.ts";
import { startLambent } from "../scripts/lambent-process.ts";
import { zipOf } from "./subjects.ts";

const ACCOUNT = "123456789012";
const REGION = "us-east-1";
const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 10_000);
const SENDS = Number(process.env.BENCH_SENDS ?? 500);
const WARM_SENDS = 100;
const SWITCHES = 11;
/** A mapping that was disabled still takes what comes before its poller has heard of it. */
const STOPPING_MS = 250;
/** About what one message adds to the WAL. */
const FLUSHED_BYTES = 16 * 1024;

/** Calls back with the number of messages of each batch that a handler has got. */
async function openSink(heard: (messages: number) => void) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    createInterface({ input: socket }).on("line", (line) => {
      heard((JSON.parse(line) as { event: { Records: unknown[] } }).event.Records.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** Without an SDK, whose time would be counted too. */
function caller(endpoint: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const { hostname, port } = new URL(endpoint);
  const authorization = (service: string) =>
    `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const post = (path: string, headers: Record<string, string>, input: object) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const outgoing = request({ hostname, port, method: "POST", path, agent, headers }, async (response) => {
        const text = Buffer.concat(await response.toArray()).toString();
        if (response.statusCode === 200) resolve(JSON.parse(text || "{}") as Record<string, unknown>);
        else reject(new Error(`${path} ${JSON.stringify(headers)}: ${response.statusCode} ${text}`));
      });
      outgoing.on("error", reject);
      outgoing.end(JSON.stringify(input));
    });
  return {
    call(operation: string, input: object) {
      const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${operation}` };
      return post("/", { ...headers, authorization: authorization("sqs") }, input);
    },
    invoke: (input: object) => post("/2015-03-31/functions/worker/invocations", { authorization: authorization("lambda") }, input),
    close: () => agent.destroy(),
  };
}

function percentiles(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(2));
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

interface Bench {
  readonly send: (body: string) => Promise<unknown>;
  /** Without a queue. */
  readonly invoke: (body: string) => Promise<unknown>;
  readonly sendBatch: (bodies: readonly string[]) => Promise<unknown>;
  readonly enable: (isEnabled: boolean) => Promise<unknown>;
  /** Resolves when handlers have got so many messages from now on: called before they are sent, since a handler does not wait for its sender's answer. */
  readonly heard: (messages: number) => Promise<void>;
  /** So many of them have come. */
  readonly heardSoFar: () => number;
}

async function sendToHandler({ send, invoke, heard }: Bench, disk: FileHandle) {
  const times = { sendToHandler: [] as number[], invokeToHandler: [] as number[], flush: [] as number[] };
  const bytes = Buffer.alloc(FLUSHED_BYTES, 1);
  for (let at = 0; at < WARM_SENDS + SENDS; at++) {
    const sentMs = await untilHeard(() => send(`{"n":${at}}`), heard);
    const invokedMs = await untilHeard(() => invoke(`{"n":${at}}`), heard);
    const startMs = performance.now();
    await disk.write(bytes);
    await disk.datasync();
    if (at < WARM_SENDS) continue;
    times.sendToHandler.push(sentMs);
    times.invokeToHandler.push(invokedMs);
    times.flush.push(performance.now() - startMs);
  }
  return Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, percentiles(ms)]));
}

async function untilHeard(act: () => Promise<unknown>, heard: Bench["heard"]): Promise<number> {
  const arrived = heard(1);
  const startMs = performance.now();
  const answered = act();
  await arrived;
  const ms = performance.now() - startMs;
  await answered;
  return ms;
}

async function disable({ enable }: Bench): Promise<void> {
  await enable(false);
  await delay(STOPPING_MS);
}

function refuseEarly({ heardSoFar }: Bench): void {
  if (heardSoFar() > 0) throw new Error("messages were taken while the mapping was disabled: the figure would be too good");
}

async function firstBatchAfterEnabling(bench: Bench) {
  const { send, enable, heard } = bench;
  const times: number[] = [];
  for (let at = 0; at < SWITCHES; at++) {
    await disable(bench);
    const arrived = heard(1);
    await send(`{"n":${at}}`);
    refuseEarly(bench);
    await enable(true);
    const enabledMs = performance.now();
    await arrived;
    times.push(performance.now() - enabledMs);
  }
  return percentiles(times);
}

async function messagesPerS(bench: Bench): Promise<number> {
  const { sendBatch, enable, heard } = bench;
  await disable(bench);
  const done = heard(MESSAGES);
  const bodies = Array.from({ length: MESSAGES }, (_, at) => `{"n":${at}}`);
  for (let at = 0; at < MESSAGES; at += 160) {
    const batches = Array.from({ length: 16 }, (_, lane) => bodies.slice(at + lane * 10, at + lane * 10 + 10));
    await Promise.all(batches.filter(({ length }) => length > 0).map(sendBatch));
  }
  refuseEarly(bench);
  const startMs = performance.now();
  await enable(true);
  await done;
  return Math.round(MESSAGES / ((performance.now() - startMs) / 1_000));
}

async function main(): Promise<void> {
  let hear: (messages: number) => void = () => {};
  const sink = await openSink((messages) => hear(messages));
  const data = await mkdtemp(join(tmpdir(), "lambent-bench-"));
  const lambent = await startLambent({ args: ["--data", data, "--expose", `sink=127.0.0.1:${sink.port}`] });
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: "any" };
  const lambda = new LambdaClient({ endpoint: lambent.endpoint, region: REGION, credentials });
  const { call, invoke, close } = caller(lambent.endpoint);
  const disk = await open(join(data, "flushed"), "w");
  let count = 0;
  try {
    await createWorker(lambda, sink.port);
    const { QueueUrl } = await call("CreateQueue", { QueueName: "q", Attributes: { VisibilityTimeout: "120" } });
    const EventSourceArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:q`;
    const { UUID } = await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: "worker", EventSourceArn }));
    const bench: Bench = {
      send: (MessageBody) => call("SendMessage", { QueueUrl, MessageBody }),
      invoke: (body) => invoke(eventOf([body])),
      sendBatch: (bodies) =>
        call("SendMessageBatch", { QueueUrl, Entries: bodies.map((MessageBody, at) => ({ Id: String(at), MessageBody })) }),
      enable: (Enabled) => lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled })),
      heard(messages) {
        const { promise, resolve } = Promise.withResolvers<void>();
        count = 0;
        hear = (more) => {
          count += more;
          if (count >= messages) resolve();
        };
        return promise;
      },
      heardSoFar: () => count,
    };
    const result = {
      ...(await sendToHandler(bench, disk)),
      firstBatchAfterEnabling: await firstBatchAfterEnabling(bench),
      messages: MESSAGES,
      messagesPerS: await messagesPerS(bench),
      directPerS: await invokeDirectly(lambda),
      load: loadavg()[0],
    };
    console.log(JSON.stringify(result));
  } finally {
    close();
    await disk.close();
    lambda.destroy();
    await lambent.stop();
    sink.close();
    await rm(data, { recursive: true, force: true });
  }
}

/** The floor: as many records, ten in each event, by as many callers as a mapping begins with; a second. */
async function invokeDirectly(lambda: LambdaClient): Promise<number> {
  const Payload = Buffer.from(JSON.stringify(eventOf(Array.from({ length: 10 }, (_, at) => `{"n":${at}}`))));
  const startMs = performance.now();
  const caller = async () => {
    for (let at = 0; at < MESSAGES / 50; at++) await lambda.send(new InvokeCommand({ FunctionName: "worker", Payload }));
  };
  await Promise.all(Array.from({ length: 5 }, caller));
  return Math.round(MESSAGES / ((performance.now() - startMs) / 1_000));
}

function eventOf(bodies: readonly string[]) {
  return { Records: bodies.map((body, at) => ({ messageId: String(at), body, attributes: {}, messageAttributes: {} })) };
}

async function createWorker(lambda: LambdaClient, sinkPort: number): Promise<void> {
  const binary = (await buildFunctions("release"))["queue-worker"];
  if (binary === undefined) throw new Error("queue-worker was not built");
  const code = await readFile(binary);
  const ZipFile = await zipOf((file) => file.addBuffer(code, "bootstrap", { mode: 0o100755 }));
  const Variables = { SINK: `sink.lambent.internal:${sinkPort}` };
  const settings = { Runtime: "provided.al2023" as const, Handler: "bootstrap", Role: `arn:aws:iam::${ACCOUNT}:role/r`, Timeout: 60 };
  await lambda.send(new CreateFunctionCommand({ FunctionName: "worker", Code: { ZipFile }, ...settings, Environment: { Variables } }));
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: "worker" });
}

await main();
