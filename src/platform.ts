// The only file that knows every room, with its folder: builds the parts of one server, hands each what it needs, and takes them apart in reverse order.

import type { Config } from "./config.ts";
import type { Gateway } from "./gateway/gateway.ts";
import type { Operator } from "./operator.ts";
import { planeOf } from "./platform/cluster.ts";
import { finishing } from "./platform/finishing.ts";
import { startGateway } from "./platform/front.ts";
import { sandboxServices } from "./platform/inside.ts";
import { startInvoker, warmFor } from "./platform/invoker.ts";
import { startLater } from "./platform/later.ts";
import { startMetering } from "./platform/metering.ts";
import type { OnEnd, Parts } from "./platform/parts.ts";
import { Readiness } from "./platform/readiness.ts";
import { startSources } from "./platform/sources.ts";
import { openState } from "./platform/state.ts";
import { startTrial } from "./platform/trial.ts";
import { Runtimes } from "./runtimes/runtimes.ts";
import { chooseDriver } from "./sandbox/drivers.ts";
import { ReadyStems } from "./sandbox/ready.ts";

export interface Platform {
  /** "http://127.0.0.1:4566" */
  readonly endpoint: string;
  /** Sentences about isolation and limits, the most important first. */
  readonly notes: readonly string[];
  /** Stops listening, lets running invocations end, flushes, and leaves no process behind. */
  close(): Promise<void>;
}

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
  const onEnd: OnEnd = (step) => void cleanUp.push(step);
  const choosing = chooseDriver(config);
  choosing.catch(() => {}); // awaited below; a store that fails first must not leave it unheard
  onEnd(async () => (await choosing.catch(() => undefined))?.driver.close());
  const state = await openState(config, operator, onEnd);
  const chosen = await choosing;
  const ready = new ReadyStems({
    driver: chosen.driver,
    size: config.cluster.roles.has("worker") ? config.readyStems : 0,
    warn: operator.warn,
  });
  onEnd(() => ready.close());
  const front: { gateway?: Gateway } = {};
  const runtimes = new Runtimes({ search: config.search, given: config.runtimePaths, exact: config.runtimes === "exact" });
  const metering = startMetering(config, operator, onEnd, state);
  const inside = sandboxServices(config, state.access, front);
  const readiness = new Readiness({ database: state.store.database, membership: state.cluster, warn: operator.warn });
  const leftMs = finishing(config.finishMs);
  const parts: Parts = { config, operator, onEnd, leftMs, ...state, chosen, ready, runtimes, inside, metering, readiness };
  const invoker = startInvoker(parts);
  const trial = await startTrial(parts, invoker, planeOf(invoker, state.cluster));
  const { plane } = trial;
  const later = startLater(parts, plane);
  const sources = startSources(parts, { invoker: plane, recursion: later.recursion });
  const gateway = startGateway(parts, plane, later, trial);
  front.gateway = gateway;
  onEnd(async () => sources.takeNoMore());
  const endpoint = await open(gateway, parts);
  if (config.cluster.roles.has("worker")) warmFor(state.catalogue, invoker, operator);
  const ofNode = state.cluster === undefined ? [] : [state.cluster.note];
  return { endpoint, notes: [`${chosen.driver.name}, network ${chosen.network}`, ...chosen.notes, ...ofNode] };
}

/** Where it answers: callers, or without a front other nodes alone. */
async function open(gateway: Gateway, { config, store, cluster, readiness, onEnd }: Parts): Promise<string> {
  onEnd(async () => cluster?.drain());
  if (cluster !== undefined && !config.cluster.roles.has("front")) return `http://${cluster.address}`;
  const { port } = await gateway.listen(config);
  onEnd(() => readiness.stop(config.drainMs));
  const endpoint = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
  store.announce(endpoint);
  cluster?.announce(endpoint);
  return endpoint;
}
