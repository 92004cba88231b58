// Reads what outlives the process out of its store: who has access, functions and their code, queues, logs.

import { Access } from "../access/access.ts";
import { RolePermissions } from "../access/role-permissions.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Config } from "../config.ts";
import { FunctionCatalogue } from "../functions/catalogue.ts";
import { CodeStore } from "../functions/code-store.ts";
import { awsLimits } from "../functions/limits.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { systemRandom as random } from "../lib/random.ts";
import { KeptLogsMeter } from "../metering/kept-logs.ts";
import { LogBuffer } from "../observe/log-buffer.ts";
import type { LogGroupName } from "../observe/log-segment.ts";
import { readKeptBytes } from "../observe/log-upkeep.procs.ts";
import { type LogUpkeep, startLogUpkeep } from "../observe/log-upkeep.ts";
import type { Operator } from "../operator.ts";
import { MessageMover } from "../queues/message-mover.ts";
import { SqsQueues } from "../queues/sqs-queues.ts";
import { Logs } from "../services/logs/logs.ts";
import type { Store } from "../store/open.ts";
import { joinCluster } from "./cluster.ts";
import { ownBlobs } from "./own-blobs.ts";
import type { Logging, OnEnd, State } from "./parts.ts";

export async function openState(config: Config, operator: Operator, onEnd: OnEnd, store: Store): Promise<State> {
  const { database, directories, blobs } = store;
  if (config.storeUrl !== undefined || config.blobs !== undefined) await ownBlobs(database, blobs, random);
  const cluster = await joinCluster(config, store, operator, onEnd);
  const [access, catalogue] = await Promise.all([Access.open({ database, random, clock }), FunctionCatalogue.load(database)]);
  const permissions = new RolePermissions({ database, bus: store.bus, isEnforced: config.auth === "enforce" });
  onEnd(async () => permissions.close());
  if (cluster !== undefined) await followOthers(cluster, catalogue, access);
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
  return { store, cluster, access, permissions, catalogue, codeStore, queues, logging };
}

/** Keys are read anew: they may have changed before the catalogue was read, and nobody would say so again. */
async function followOthers(cluster: Cluster, catalogue: FunctionCatalogue, access: Access): Promise<void> {
  await access.keys.readAgain();
  await cluster.follow(catalogue, () => access.keys.readAgain());
}

function startLogging(config: Config, store: Store, operator: Operator, cluster: Cluster | undefined): Logging {
  const database = () => store.logs();
  const ofNode = cluster && { slot: () => cluster.slot, settleOthers: (group?: LogGroupName) => cluster.settleLogs(group) };
  const buffer = new LogBuffer({ clock, database, report: (sentence) => operator.note(sentence), ...ofNode });
  cluster?.onSettleLogs((group) => buffer.settleHere(group));
  const kept = new KeptLogsMeter({ database: store.database, clock });
  const upkeep: LogUpkeep = startLogUpkeep({
    clock,
    database,
    onError: (error) => operator.warn("Logs could not be kept in order", error),
    isScheduled: config.cluster.roles.has("scheduler"),
    onPass: (logs) => kept.look(() => logs.read(readKeptBytes, null)),
  });
  const service = new Logs({ clock, random, buffer, upkeep, database });
  const close = async () => {
    await upkeep.close();
    await buffer.close();
  };
  return { buffer, service, close };
}
