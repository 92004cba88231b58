// The only file that knows every room: builds the parts of one server, hands each what it needs, and takes them apart in reverse order.

import { Access } from "./access/access.ts";
import { type Config, isLoopback } from "./config.ts";
import { createDestinations, type Destinations } from "./delivery/destinations.ts";
import { FunctionCatalogue } from "./functions/catalogue.ts";
import { CodeStore } from "./functions/code-store.ts";
import { concurrencyPlan } from "./functions/concurrency.ts";
import { FunctionUrls } from "./functions/function-urls.ts";
import { awsLimits } from "./functions/limits.ts";
import type { FunctionVersion } from "./functions/version.ts";
import { CodeUrls } from "./gateway/code-route.ts";
import { FunctionUrlDoor } from "./gateway/function-url/url-door.ts";
import { createGateway, type Gateway } from "./gateway/gateway.ts";
import { healthRoute } from "./gateway/internal-routes.ts";
import { keyRoutes } from "./gateway/key-routes.ts";
import { type AsyncInvocations, startAsyncInvocations } from "./invoke/invoke-async.ts";
import { createInvoker, type Invoker } from "./invoke/invoker.ts";
import { defaultInvokerSettings, type SandboxService } from "./invoke/ports.ts";
import { systemClock } from "./lib/clock.ts";
import { systemRandom } from "./lib/random.ts";
import { LogBuffer } from "./observe/log-buffer.ts";
import { type LogUpkeep, startLogUpkeep } from "./observe/log-upkeep.ts";
import type { Operator } from "./operator.ts";
import { Runtimes } from "./runtimes/runtimes.ts";
import { type ChosenDriver, chooseDriver } from "./sandbox/drivers.ts";
import { exposedService } from "./sandbox/expose.ts";
import { ReadyStems } from "./sandbox/ready.ts";
import { Settling } from "./services/lambda/function/settling.ts";
import { resolvedVersion } from "./services/lambda/invoke/resolved-version.ts";
import type { Lambda } from "./services/lambda/lambda.ts";
import { Logs } from "./services/logs/logs.ts";
import { openStore, type Store } from "./store/open.ts";
import { queueTopic } from "./store/queue/queue.ts";

export interface Platform {
  /** "http://127.0.0.1:4566" */
  readonly endpoint: string;
  /** Sentences about isolation and limits, the most important first. */
  readonly notes: readonly string[];
  /** Stops listening, lets running invocations end, flushes, and leaves no process behind. */
  close(): Promise<void>;
}

const DRAIN_MS = 10_000;
const ENDPOINT_PORT = 4566;
const WARM_AT_START_MAX = 16;
/** A third of all files, which nobody has to wait for: each is read at the first request of its service. */
const tables = {
  lambda: async () => (await import("./services/lambda/operations.ts")).operations,
  logs: async () => (await import("./services/logs/operations.ts")).operations,
  iam: async () => (await import("./services/iam/operations.ts")).operations,
  sts: async () => (await import("./services/sts/operations.ts")).operations,
};
const clock = systemClock;
const random = systemRandom;

/** Throws PlatformError with what to do about it, or Node's EADDRINUSE. */
export async function startPlatform(config: Config, operator: Operator): Promise<Platform> {
  const cleanUp: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  };
  try {
    return { ...(await build(config, operator, cleanUp)), close };
  } catch (error) {
    await close().catch((cause) => operator.warn("The server could not be taken apart after a failed start", cause));
    throw error;
  }
}

type OnEnd = (step: () => Promise<void>) => void;

async function build(config: Config, operator: Operator, cleanUp: (() => Promise<void>)[]): Promise<Omit<Platform, "close">> {
  const onEnd: OnEnd = (step) => void cleanUp.push(step);
  const choosing = chooseDriver(config);
  choosing.catch(() => {}); // awaited below; a store that fails first must not leave it unheard
  onEnd(async () => (await choosing.catch(() => undefined))?.driver.close());
  const state = await openState(config, operator, onEnd);
  const chosen = await choosing;
  const ready = new ReadyStems({ driver: chosen.driver, size: config.readyStems, warn: operator.warn });
  onEnd(() => ready.close());
  const front: { gateway?: Gateway } = {};
  const runtimes = new Runtimes({ search: config.search, given: config.runtimePaths, exact: config.runtimes === "exact" });
  const parts: Parts = { config, operator, onEnd, ...state, chosen, ready, runtimes, inside: sandboxServices(config, state.access, front) };
  const invoker = startInvoker(parts);
  const later = startLater(parts, invoker);
  const gateway = startGateway(parts, invoker, later);
  front.gateway = gateway;
  const { port } = await gateway.listen(config);
  const endpoint = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
  state.store.announce(endpoint);
  warmFor(state.catalogue, invoker, operator);
  return { endpoint, notes: [`${chosen.driver.name}, network ${chosen.network}`, ...chosen.notes] };
}

/** What outlives the process, and what reads and writes it. */
interface State {
  readonly store: Store;
  readonly access: Access;
  readonly catalogue: FunctionCatalogue;
  readonly codeStore: CodeStore;
  readonly logging: Logging;
}

interface Parts extends State {
  readonly config: Config;
  readonly operator: Operator;
  readonly onEnd: OnEnd;
  readonly chosen: ChosenDriver;
  readonly ready: ReadyStems;
  readonly runtimes: Runtimes;
  /** What sandboxes reach beside the Runtime API. */
  readonly inside: readonly SandboxService[];
}

async function openState(config: Config, operator: Operator, onEnd: OnEnd): Promise<State> {
  const store = await openTheStore(config, operator);
  onEnd(() => store.close());
  const { database, directories, blobs } = store;
  const [access, catalogue] = await Promise.all([Access.open({ database, random, clock }), FunctionCatalogue.load(database)]);
  onEnd(async () => access.close());
  const codeStore = await CodeStore.open({ directory: directories.code, blobs, limits: awsLimits, random }, catalogue.trees());
  onEnd(() => codeStore.close());
  const logging = startLogging(store, operator);
  onEnd(() => logging.close());
  return { store, access, catalogue, codeStore, logging };
}

function openTheStore(config: Config, operator: Operator): Promise<Store> {
  const directory = config.dataDirectory === undefined ? ({ memory: true } as const) : { dataDirectory: config.dataDirectory };
  return openStore(
    { ...directory, url: config.storeUrl, blobsDirectory: config.blobsDirectory },
    {
      clock,
      program: operator.version,
      onFatal: (error) => operator.fatal("The store cannot be trusted any more", error),
      onError: (error) => operator.warn("The store failed in the background", error),
      isAlone: true,
    },
  );
}

interface Logging {
  readonly buffer: LogBuffer;
  readonly service: Logs;
  close(): Promise<void>;
}

function startLogging(store: Store, operator: Operator): Logging {
  const database = () => store.logs();
  const buffer = new LogBuffer({ clock, database, report: (sentence) => operator.note(sentence) });
  const upkeep: LogUpkeep = startLogUpkeep({
    clock,
    database,
    onError: (error) => operator.warn("Logs could not be kept in order", error),
  });
  const service = new Logs({ clock, random, buffer, upkeep, database });
  const close = async () => {
    await upkeep.close();
    await buffer.close();
  };
  return { buffer, service, close };
}

function startInvoker({ config, operator, onEnd, chosen, ready, runtimes, codeStore, access, catalogue, logging, inside }: Parts): Invoker {
  const invoker = createInvoker({
    stems: ready,
    launchFor: (id) => runtimes.launchFor(id),
    codeFor: async ({ codeKey, layers }) => ({
      code: await codeStore.directory(codeKey),
      ...(layers === undefined ? {} : { layers: await codeStore.layers(layers.keys) }),
    }),
    credentialsFor: (version) => access.sessionForRole(version.role, version.name),
    services: inside,
    logs: logging.buffer,
    clock,
    random,
    onRecord: () => {},
    warn: operator.warn,
    settings: {
      ...defaultInvokerSettings,
      network: chosen.network,
      concurrencyMax: config.concurrencyMax,
      keepIdleMs: config.keepIdleMs,
      freezeAfterMs: config.freezeAfterMs,
    },
  });
  catalogue.onChange((functionId, version, now) => {
    invoker.changed(functionId, version, now);
    if (now !== undefined) warm(invoker, now, operator);
  });
  catalogue.onFunctionChange((record) => invoker.plan(concurrencyPlan(record)));
  for (const record of catalogue.functions()) invoker.plan(concurrencyPlan(record));
  onEnd(() => invoker.close(DRAIN_MS));
  return invoker;
}

/** Asynchronous invocations and where their records go: either may bring about the other. */
interface Later {
  readonly asyncInvocations: AsyncInvocations;
  readonly destinations: Destinations;
}

function startLater({ config, operator, onEnd, store, catalogue }: Parts, invoker: Invoker): Later {
  const payloadBytesMax = awsLimits.eventPayloadBytesMax;
  const destinations = createDestinations({ catalogue, random, payloadBytesMax, asyncInvocations: () => asyncInvocations });
  const asyncInvocations: AsyncInvocations = startAsyncInvocations({
    database: store.database,
    queues: store.queues,
    catalogue,
    invoker,
    clock,
    random,
    deliver: ({ destination, record }, trace) => destinations.deliver(destination, record, trace),
    onWake: (queueId, wake) => store.bus.subscribe(queueTopic(queueId), wake),
    warn: operator.warn,
    pausesMs: config.asyncRetryMs,
  });
  catalogue.onFunctionChange((record) => {
    if (record.versions.size === 0) asyncInvocations.forget(record);
  });
  onEnd(() => asyncInvocations.close(DRAIN_MS));
  return { asyncInvocations, destinations };
}

/** Functions that were here before this start: their first callers find ready stems too. */
function warmFor(catalogue: FunctionCatalogue, invoker: Invoker, operator: Operator): void {
  for (const version of [...catalogue.running()].slice(0, WARM_AT_START_MAX)) warm(invoker, version, operator);
}

function warm(invoker: Invoker, version: FunctionVersion, operator: Operator): void {
  invoker
    .warm(version)
    .catch((error: unknown) => operator.warn(`No sandbox for ${version.functionArn} could be made ahead of time`, error));
}

function startGateway(parts: Parts, invoker: Invoker, later: Later): Gateway {
  const { config, operator, onEnd, store, access, logging, chosen } = parts;
  const { database, directories, blobs } = store;
  const codeUrls = new CodeUrls({ blobs, clock, secret: random.hex(32) });
  const health = () => ({
    ...(isLoopback(config.host) && { dataDirectory: directories.root }),
    sandbox: chosen.driver.name,
    ...invoker.stats(),
  });
  const lambdaParts = lambdaContext(parts, { invoker, codeUrls, ...later });
  const urls = new FunctionUrls(database);
  onEnd(async () => urls.close());
  const gateway = createGateway({
    services: {
      lambda: { operations: tables.lambda, context: lambdaParts },
      logs: { operations: tables.logs, context: logging.service },
      iam: { operations: tables.iam, context: { database, clock, random } },
      sts: { operations: tables.sts, context: { access, database, auth: config.auth } },
    },
    auth: config.auth,
    credentials: access,
    routes: [healthRoute(health), codeUrls.route, ...keyRoutes(access.keys, { runDirectory: directories.run, random })],
    publicHosts: config.publicHosts,
    functionUrls: functionUrlDoor(lambdaParts, { urls, credentials: access, auth: config.auth }),
    log: {
      failed: (error, request) =>
        operator.warn(`${request.service ?? ""} ${request.operation ?? request.path} (${request.requestId}) failed`, error),
    },
    random,
  });
  onEnd(() => gateway.close(DRAIN_MS));
  return gateway;
}

function lambdaContext(parts: Parts, ports: Later & { readonly invoker: Invoker; readonly codeUrls: CodeUrls }): Lambda {
  const { config, operator, onEnd, store, catalogue, codeStore, runtimes } = parts;
  const { database } = store;
  const settling = new Settling({ database, catalogue, random, onError: (error) => operator.warn("A function could not settle", error) });
  onEnd(() => settling.close());
  const { concurrencyMax } = config;
  const shared = {
    database,
    catalogue,
    codeStore,
    settling,
    limits: awsLimits,
    concurrencyMax,
    clock,
    random,
    runtimes,
    ...ports,
  };
  return { ...shared, warn: (sentence) => operator.note(sentence) };
}

function functionUrlDoor(
  lambda: Lambda,
  parts: { readonly urls: FunctionUrls; readonly credentials: Access; readonly auth: Config["auth"] },
): FunctionUrlDoor {
  return new FunctionUrlDoor({
    ...parts,
    clock,
    random,
    resolve: async (name, qualifier) => resolvedVersion(lambda, { ...name, qualifier }),
    invoke: (invocation, signal) => lambda.invoker.invoke(invocation, signal),
    payloadBytesMax: lambda.limits.requestPayloadBytesMax,
  });
}

/** What functions reach beside the Runtime API: this server's AWS endpoint, as the role of their environment, and what the operator exposes. */
function sandboxServices(config: Config, access: Access, front: { readonly gateway?: Gateway }): readonly SandboxService[] {
  const callerOf = (version: FunctionVersion) => access.callerInRole(version.role, version.name, version.region);
  const endpoint: SandboxService = {
    listener: { name: "endpoint", port: ENDPOINT_PORT },
    accept: (socket, version) => front.gateway?.accept(socket, callerOf(version)),
  };
  return [endpoint, ...config.expose.map(exposedService)];
}
