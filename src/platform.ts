// The only file that knows every room: builds the parts of one server, hands each what it needs, and takes them apart in reverse order.

import { Access } from "./access/access.ts";
import { type Config, isLoopback } from "./config.ts";
import { FunctionCatalogue } from "./functions/catalogue.ts";
import { CodeStore } from "./functions/code-store.ts";
import { awsLimits } from "./functions/limits.ts";
import type { FunctionVersion } from "./functions/version.ts";
import { CodeUrls } from "./gateway/code-route.ts";
import { createGateway, type Gateway } from "./gateway/gateway.ts";
import { healthRoute } from "./gateway/internal-routes.ts";
import { keyRoutes } from "./gateway/key-routes.ts";
import { createInvoker, type Invoker } from "./invoke/invoker.ts";
import { defaultInvokerSettings, type SandboxService } from "./invoke/ports.ts";
import { systemClock } from "./lib/clock.ts";
import { systemRandom } from "./lib/random.ts";
import { LogBuffer } from "./observe/log-buffer.ts";
import { type LogUpkeep, startLogUpkeep } from "./observe/log-upkeep.ts";
import type { LogWriter } from "./observe/log-writer.ts";
import type { Operator } from "./operator.ts";
import { Runtimes } from "./runtimes/runtimes.ts";
import { type ChosenDriver, chooseDriver } from "./sandbox/drivers.ts";
import { ReadyStems } from "./sandbox/ready.ts";
import { operations as iam } from "./services/iam/operations.ts";
import { Settling } from "./services/lambda/function/settling.ts";
import type { Lambda } from "./services/lambda/lambda.ts";
import { operations as lambda } from "./services/lambda/operations.ts";
import { Logs } from "./services/logs/logs.ts";
import { operations as logs } from "./services/logs/operations.ts";
import { operations as sts } from "./services/sts/operations.ts";
import { openStore, type Store } from "./store/open.ts";

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

async function build(config: Config, operator: Operator, cleanUp: (() => Promise<void>)[]): Promise<Omit<Platform, "close">> {
  const onEnd = (step: () => Promise<void>) => void cleanUp.push(step);
  const choosing = chooseDriver(config);
  choosing.catch(() => {}); // awaited below; a store that fails first must not leave it unheard
  onEnd(async () => (await choosing.catch(() => undefined))?.driver.close());
  const store = await openTheStore(config, operator);
  onEnd(() => store.close());
  const [access, catalogue] = await Promise.all([
    Access.open({ database: store.database, random, clock }),
    FunctionCatalogue.load(store.database),
  ]);
  onEnd(async () => access.close());
  const codeStore = await CodeStore.open(
    { directory: store.directories.code, blobs: store.blobs, limits: awsLimits, random },
    catalogue.codeKeys(),
  );
  onEnd(() => codeStore.close());
  const logging = startLogging(store, operator);
  onEnd(() => logging.close());

  const { driver, network, notes } = await choosing;
  const ready = new ReadyStems({ driver, size: config.readyStems, warn: operator.warn });
  onEnd(() => ready.close());
  const runtimes = new Runtimes({ search: config.search, given: config.runtimePaths, exact: config.runtimes === "exact" });
  const front: { gateway?: Gateway } = {};
  const inside = sandboxServices(config, access, front);
  const invoker = startInvoker({ config, network, ready, runtimes, codeStore, access, logs: logging.buffer, inside, operator });
  catalogue.onChange((functionId, version, now) => invoker.changed(functionId, version, now));
  onEnd(() => invoker.close(DRAIN_MS));

  const codeUrls = new CodeUrls({ blobs: store.blobs, clock, secret: random.hex(32) });
  const settling = new Settling({
    database: store.database,
    catalogue,
    random,
    onError: (error) => operator.warn("A function could not settle", error),
  });
  onEnd(() => settling.close());
  const lambdaParts: Lambda = {
    database: store.database,
    catalogue,
    codeStore,
    settling,
    limits: awsLimits,
    concurrencyMax: config.concurrencyMax,
    clock,
    random,
    runtimes,
    invoker,
    codeUrls,
    warn: (sentence) => operator.note(sentence),
  };
  const gateway = createGateway({
    services: {
      lambda: { operations: lambda, context: lambdaParts },
      logs: { operations: logs, context: logging.service },
      iam: { operations: iam, context: { database: store.database, clock, random } },
      sts: { operations: sts, context: { access, database: store.database, auth: config.auth } },
    },
    auth: config.auth,
    credentials: access,
    routes: [
      healthRoute(() => ({
        ...(isLoopback(config.host) && { dataDirectory: store.directories.root }),
        sandbox: driver.name,
        ...invoker.stats(),
      })),
      codeUrls.route,
      ...keyRoutes(access.keys, { runDirectory: store.directories.run, random }),
    ],
    publicHosts: config.publicHosts,
    log: {
      failed: (error, request) =>
        operator.warn(`${request.service ?? ""} ${request.operation ?? request.path} (${request.requestId}) failed`, error),
    },
    random,
  });
  front.gateway = gateway;
  onEnd(() => gateway.close(DRAIN_MS));
  const { port } = await gateway.listen(config);
  const endpoint = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
  store.announce(endpoint);
  return { endpoint, notes: [`${driver.name}, network ${network}`, ...notes] };
}

function openTheStore(config: Config, operator: Operator): Promise<Store> {
  const place = config.dataDirectory === undefined ? ({ memory: true } as const) : { dataDirectory: config.dataDirectory };
  return openStore(place, {
    clock,
    program: operator.version,
    onFatal: (error) => operator.fatal("The disk cannot be trusted any more", error),
    onError: (error) => operator.warn("The store failed in the background", error),
  });
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

interface InvokerNeeds {
  readonly config: Config;
  readonly network: ChosenDriver["network"];
  readonly ready: ReadyStems;
  readonly runtimes: Runtimes;
  readonly codeStore: CodeStore;
  readonly access: Access;
  readonly logs: LogWriter;
  readonly inside: readonly SandboxService[];
  readonly operator: Operator;
}

function startInvoker({ config, network, ready, runtimes, codeStore, access, logs, inside, operator }: InvokerNeeds): Invoker {
  return createInvoker({
    stems: ready,
    launchFor: (id) => runtimes.launchFor(id),
    codeFor: async (version) => ({ code: await codeStore.directory(version.codeKey) }),
    credentialsFor: (version) => access.sessionForRole(version.role, version.name),
    services: inside,
    logs,
    clock,
    random,
    onRecord: () => {},
    warn: operator.warn,
    settings: {
      ...defaultInvokerSettings,
      network,
      concurrencyMax: config.concurrencyMax,
      keepIdleMs: config.keepIdleMs,
      freezeAfterMs: config.freezeAfterMs,
    },
  });
}

/** What functions reach beside the Runtime API: this server's AWS endpoint, as the role of their environment. */
function sandboxServices(_config: Config, access: Access, front: { readonly gateway?: Gateway }): readonly SandboxService[] {
  const callerOf = (version: FunctionVersion) => access.callerInRole(version.role, version.name, version.region);
  return [
    {
      listener: { name: "endpoint", port: ENDPOINT_PORT },
      accept: (socket, version) => front.gateway?.accept(socket, callerOf(version)),
    },
  ];
}
