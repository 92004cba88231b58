// A real server that serves Lambda from a real store through the gateway, and SDK clients for it. Functions cannot run in it:
// `invocations` tells what would have run, and every invocation answers its own payload.
// The tests of one file share a server, each with an account of its own, unless they ask for something special.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext } from "node:test";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { createDestinations } from "../../../src/delivery/destinations.ts";
import { FunctionCatalogue } from "../../../src/functions/catalogue.ts";
import { CodeStore } from "../../../src/functions/code-store.ts";
import { FunctionUrls } from "../../../src/functions/function-urls.ts";
import { awsLimits, type Limits } from "../../../src/functions/limits.ts";
import { CodeUrls } from "../../../src/gateway/code-route.ts";
import { FunctionUrlDoor } from "../../../src/gateway/function-url/url-door.ts";
import type { Invocation, InvocationResult } from "../../../src/invoke/invocation.ts";
import { type AsyncInvocations, startAsyncInvocations } from "../../../src/invoke/invoke-async.ts";
import { Recursion } from "../../../src/invoke/recursion.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { Late } from "../../../src/lib/late.ts";
import { systemRandom } from "../../../src/lib/random.ts";
import { SqsQueues } from "../../../src/queues/sqs-queues.ts";
import { Settling } from "../../../src/services/lambda/function/settling.ts";
import { resolvedVersion } from "../../../src/services/lambda/invoke/resolved-version.ts";
import type { Lambda } from "../../../src/services/lambda/lambda.ts";
import { operations } from "../../../src/services/lambda/operations.ts";
import { openStore, type Store, type StorePlace } from "../../../src/store/open.ts";
import { queueTopic } from "../../../src/store/queue/queue.ts";
import { storePlace } from "../../contract/store-place.ts";
import { nobody, openGateway } from "../../gateway/open-gateway.ts";
import { zipOf } from "./zip-of.ts";

export const REGION = "eu-central-1";
export const ROLE = "arn:aws:iam::123456789012:role/service-role/worker";

export interface LambdaServer {
  readonly url: string;
  readonly account: string;
  readonly lambda: Lambda;
  readonly client: LambdaClient;
  readonly invocations: Invocation[];
  readonly warnings: string[];
  /** SQS's queues, without its API. */
  readonly queues: SqsQueues;
  /** Failures that are bugs of ours. */
  readonly failures: unknown[];
  arnOf(name: string): string;
  clientOf(settings: { readonly account?: string; readonly region?: string }): LambdaClient;
  close(): Promise<void>;
}

export interface LambdaServerOptions {
  readonly place?: StorePlace;
  readonly limits?: Partial<Limits>;
  readonly invoke?: (invocation: Invocation) => Promise<InvocationResult>;
  /** Between the attempts of asynchronous invocations. */
  readonly pausesMs?: readonly number[];
}

let shared: Promise<LambdaServer> | undefined;
let lastAccount = 100_000_000_000;

after(async () => (await shared)?.close());

/** Without options: a new account of the server that the file's tests share. */
export async function startLambdaServer(t: TestContext, options?: LambdaServerOptions): Promise<LambdaServer> {
  if (options !== undefined) {
    const own = await openLambdaServer(options);
    t.after(own.close);
    return own;
  }
  shared ??= openLambdaServer({});
  const server = await shared;
  const account = String(++lastAccount);
  return { ...server, account, client: server.clientOf({ account }), arnOf: (name) => arnOf(account, name) };
}

async function openLambdaServer(options: LambdaServerOptions): Promise<LambdaServer> {
  const failures: unknown[] = [];
  const fail = (error: unknown) => void failures.push(error);
  const place = options.place ?? (await storePlace());
  const store = await openStore(place, { clock: systemClock, program: "1.0.0", onFatal: fail, onError: fail });
  const limits = { ...awsLimits, ...options.limits };
  const catalogue = await FunctionCatalogue.load(store.database);
  const parts = { directory: store.directories.code, blobs: store.blobs, limits, random: systemRandom };
  const codeStore = await CodeStore.open(parts, catalogue.trees());
  const queues = new SqsQueues({ database: store.database, queues: store.queues, bus: store.bus, random: systemRandom, onError: fail });
  const settling = new Settling({ database: store.database, catalogue, random: systemRandom, onError: fail });
  const permissions = { missing: async () => undefined };
  const codeUrls = new CodeUrls({ blobs: store.blobs, clock: systemClock, secret: systemRandom.hex(32) });
  const invocations: Invocation[] = [];
  const warnings: string[] = [];
  const echo = async ({ payload, version }: Invocation) => ({ payload, executedVersion: version.version });
  const invoker = noting(invocations, options.invoke ?? echo);
  const warn = (sentence: string) => void warnings.push(sentence);
  const later = startLater({ store, sqsQueues: queues, catalogue, invoker, limits, warn, pausesMs: options.pausesMs ?? [1, 1] });
  const lambda: Lambda = {
    database: store.database,
    catalogue,
    codeStore,
    settling,
    limits,
    concurrencyMax: 1_000,
    streaming: { streamedBytesMax: limits.streamedPayloadBytesMax, streamBytesPerSecond: undefined },
    clock: systemClock,
    random: systemRandom,
    runtimes: { check: async () => ({ usable: true }) },
    invoker,
    ...later,
    queues,
    permissions,
    codeUrls,
    warn,
  };
  const functionUrls = new Late(async () => urlDoor(lambda));
  const gateway = await openGateway({ lambda: { operations, context: lambda } }, { routes: [codeUrls.route], functionUrls });
  const account = "123456789012";
  const { clients, clientOf } = clientsOf(gateway.url, account);
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    for (const client of clients) client.destroy();
    await gateway.close();
    await later.asyncInvocations.close(5_000);
    await settling.close();
    await codeStore.close();
    await queues.close();
    await store.close();
  };
  const { url } = gateway;
  const client = clientOf({});
  return {
    url,
    account,
    lambda,
    client,
    invocations,
    warnings,
    queues,
    failures,
    arnOf: (name) => arnOf(account, name),
    clientOf,
    close,
  };
}

function urlDoor(lambda: Lambda): FunctionUrlDoor {
  return new FunctionUrlDoor({
    urls: new FunctionUrls(lambda.database),
    resolve: async (name, qualifier) => resolvedVersion(lambda, { ...name, qualifier }),
    invoke: (invocation) => lambda.invoker.invoke(invocation),
    streaming: lambda.streaming,
    payloadBytesMax: lambda.limits.requestPayloadBytesMax,
    auth: "open",
    credentials: nobody,
    clock: systemClock,
    random: systemRandom,
  });
}

function noting(invocations: Invocation[], answer: (invocation: Invocation) => Promise<InvocationResult>): Lambda["invoker"] {
  return {
    provisioned: () => undefined,
    invoke(invocation) {
      invocations.push(invocation);
      return answer(invocation);
    },
  };
}

function clientsOf(endpoint: string, ownAccount: string) {
  const clients: LambdaClient[] = [];
  const clientOf = ({ account = ownAccount, region = REGION }: { readonly account?: string; readonly region?: string }) => {
    const credentials = { accessKeyId: account, secretAccessKey: "any" };
    const client = new LambdaClient({ endpoint, region, credentials, maxAttempts: 1 });
    clients.push(client);
    return client;
  };
  return { clients, clientOf };
}

interface LaterParts {
  readonly sqsQueues: SqsQueues;
  readonly store: Store;
  readonly catalogue: FunctionCatalogue;
  readonly invoker: Lambda["invoker"];
  readonly limits: Limits;
  readonly warn: (sentence: string) => void;
  readonly pausesMs: readonly number[];
}

function startLater({ store, sqsQueues, catalogue, invoker, limits, warn, pausesMs }: LaterParts) {
  const { database, queues, bus } = store;
  const payloadBytesMax = limits.eventPayloadBytesMax;
  const destinations = createDestinations({
    catalogue,
    clock: systemClock,
    random: systemRandom,
    payloadBytesMax,
    database,
    queues: sqsQueues,
    permissions: { missing: async () => undefined },
    asyncInvocations: () => asyncInvocations,
  });
  const recursion = new Recursion({ catalogue, warn });
  const asyncInvocations: AsyncInvocations = startAsyncInvocations({
    ...{ database, queues, catalogue, invoker, recursion, warn, pausesMs },
    isPoller: true,
    clock: systemClock,
    random: systemRandom,
    deliver: (delivery, sending) => destinations.deliver(delivery, sending),
    onWake: (queueId, wake) => bus.subscribe(queueTopic(queueId), wake),
  });
  return { asyncInvocations, destinations, recursion };
}

/** A data directory that is gone after the test. */
export async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "lambent-test-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const zip = zipOf({ bootstrap: { content: "#!/bin/sh\nexit 1\n", mode: 0o100755 } });

/** The least that CreateFunction takes. */
export async function newFunction(FunctionName: string) {
  return { FunctionName, Runtime: "provided.al2023", Handler: "bootstrap", Role: ROLE, Code: { ZipFile: await zip } } as const;
}

function arnOf(account: string, name: string): string {
  return `arn:aws:lambda:${REGION}:${account}:function:${name}`;
}

/** For assert.rejects: the SDK's error has AWS's code as its name. */
export function awsError(code: string, status: number, message: string | RegExp) {
  return (error: unknown) => {
    const { name, message: text, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    const fits = typeof message === "string" ? text === message : message.test(text);
    if (name === code && $metadata?.httpStatusCode === status && fits) return true;
    throw new Error(`expected ${code} ${status} ${message}, got ${name} ${$metadata?.httpStatusCode} ${text}`, { cause: error });
  };
}
