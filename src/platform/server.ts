// Builds the parts of one server, hands each what it needs, and opens its door.

import type { Gateway } from "../gateway/gateway.ts";
import { Runtimes } from "../runtimes/runtimes.ts";
import type { ChosenDriver } from "../sandbox/drivers.ts";
import { ReadyStems } from "../sandbox/ready.ts";
import type { Store } from "../store/open.ts";
import { planeOf } from "./cluster.ts";
import { finishing } from "./finishing.ts";
import { startGateway } from "./front.ts";
import { sandboxServices } from "./inside.ts";
import { startInvoker, warmFor } from "./invoker.ts";
import { startLater } from "./later.ts";
import { startMetering } from "./metering.ts";
import type { Parts } from "./parts.ts";
import { Readiness } from "./readiness.ts";
import { startSources } from "./sources.ts";
import { openState } from "./state.ts";
import { startTrial } from "./trial.ts";

/** What had begun before these files were read. */
export interface Begun extends Pick<Parts, "config" | "operator" | "onEnd"> {
  readonly opening: Promise<Store>;
  readonly choosing: Promise<ChosenDriver>;
}

interface Answering {
  readonly endpoint: string;
  readonly notes: readonly string[];
}

export async function startServer({ config, operator, onEnd, opening, choosing }: Begun): Promise<Answering> {
  const state = await openState(config, operator, onEnd, await opening);
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
  const trial = await startTrial(parts, invoker);
  const plane = planeOf(trial.invoker, state.cluster);
  const later = startLater(parts, plane);
  const sources = startSources(parts, { invoker: plane, recursion: later.recursion });
  const gateway = startGateway(parts, plane, later, trial);
  front.gateway = gateway;
  onEnd(async () => sources.takeNoMore());
  onEnd(async () => state.store.database.hurry?.());
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
