// Opens what outlives the process: the store, who has access, functions and their code, logs.

import { Access } from "../access/access.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Config } from "../config.ts";
import { FunctionCatalogue } from "../functions/catalogue.ts";
import { CodeStore } from "../functions/code-store.ts";
import { awsLimits } from "../functions/limits.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { systemRandom as random } from "../lib/random.ts";
import { readingsOf, SteadyClock } from "../lib/steady-clock.ts";
import { LogBuffer } from "../observe/log-buffer.ts";
import type { LogGroupName } from "../observe/log-segment.ts";
import { type LogUpkeep, startLogUpkeep } from "../observe/log-upkeep.ts";
import type { Operator } from "../operator.ts";
import { MessageMover } from "../queues/message-mover.ts";
import { SqsQueues } from "../queues/sqs-queues.ts";
import { Logs } from "../services/logs/logs.ts";
import { openStore, type Store } from "../store/open.ts";
import { followTimeMark } from "../store/time-mark.ts";
import { joinCluster } from "./cluster.ts";
import type { Logging, OnEnd, State } from "./parts.ts";

export async function openState(config: Config, operator: Operator, onEnd: OnEnd): Promise<State> {
  const isAlone = config.storeUrl === undefined;
  const steady = new SteadyClock(readingsOf(clock), { comesTogether: isAlone, onStep: (byMs) => noteStep(operator, byMs) });
  const store = await openTheStore(config, operator, steady);
  onEnd(() => store.close());
  if (isAlone && config.dataDirectory !== undefined) {
    const endMarks = followTimeMark(store.directories.root, steady);
    onEnd(async () => endMarks());
  }
  const { database, directories, blobs } = store;
  const cluster = await joinCluster(config, store, operator, onEnd);
  const [access, catalogue] = await Promise.all([Access.open({ database, random, clock }), FunctionCatalogue.load(database)]);
  onEnd(async () => access.close());
  await cluster?.follow(catalogue);
  const codeStore = await CodeStore.open({ directory: directories.code, blobs, limits: awsLimits, random }, catalogue.trees());
  onEnd(() => codeStore.close());
  const queues = new SqsQueues({
    database,
    queues: store.queues,
    bus: store.bus,
    random,
    onError: (error) => operator.warn("A deleted queue could not be emptied yet", error),
  });
  onEnd(() => queues.close());
  if (config.cluster.roles.has("poller")) {
    const mover = new MessageMover({ database, roles: store.roles, bus: store.bus, warn: operator.warn });
    onEnd(() => mover.close());
  }
  const logging = startLogging(config, store, operator, cluster);
  onEnd(() => logging.close());
  return { store, cluster, access, catalogue, codeStore, queues, logging };
}

/** Queues, leases and asynchronous invocations do not follow at once. */
function noteStep(operator: Operator, byMs: number): void {
  const seconds = Math.round(Math.abs(byMs) / 1_000);
  operator.note(
    `This machine's clock was set ${byMs > 0 ? "forward" : "back"} by ${seconds} s. Messages, leases and retries go on by the time that really passes.`,
  );
}

function openTheStore(config: Config, operator: Operator, steady: SteadyClock): Promise<Store> {
  const directory = config.dataDirectory === undefined ? ({ memory: true } as const) : { dataDirectory: config.dataDirectory };
  return openStore(
    { ...directory, url: config.storeUrl, blobsDirectory: config.blobsDirectory },
    {
      clock: steady,
      program: operator.version,
      onFatal: (error) => operator.fatal("The store cannot be trusted any more", error),
      onError: (error) => operator.warn("The store failed in the background", error),
      keepsHouse: config.cluster.roles.has("scheduler"),
    },
  );
}

function startLogging(config: Config, store: Store, operator: Operator, cluster: Cluster | undefined): Logging {
  const database = () => store.logs();
  const ofNode = cluster && { slot: () => cluster.slot, settleOthers: (group?: LogGroupName) => cluster.settleLogs(group) };
  const buffer = new LogBuffer({ clock, database, report: (sentence) => operator.note(sentence), ...ofNode });
  cluster?.onSettleLogs((group) => buffer.settleHere(group));
  const upkeep: LogUpkeep = startLogUpkeep({
    clock,
    database,
    onError: (error) => operator.warn("Logs could not be kept in order", error),
    isScheduled: config.cluster.roles.has("scheduler"),
  });
  const service = new Logs({ clock, random, buffer, upkeep, database });
  const close = async () => {
    await upkeep.close();
    await buffer.close();
  };
  return { buffer, service, close };
}
