// What the parts of one server are handed: settings, what was opened before them, and where they say how they are taken apart.

import type { Access } from "../access/access.ts";
import type { RolePermissions } from "../access/role-permissions.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Config } from "../config.ts";
import type { FunctionCatalogue } from "../functions/catalogue.ts";
import type { CodeStore } from "../functions/code-store.ts";
import type { LogBuffer } from "../observe/log-buffer.ts";
import type { Operator } from "../operator.ts";
import type { SqsQueues } from "../queues/sqs-queues.ts";
import type { Runtimes } from "../runtimes/runtimes.ts";
import type { ChosenDriver } from "../sandbox/drivers.ts";
import type { ReadyStems } from "../sandbox/ready.ts";
import type { Logs } from "../services/logs/logs.ts";
import type { Store } from "../store/open.ts";

import type { Inside } from "./inside.ts";
import type { Metering } from "./metering.ts";
import type { Readiness } from "./readiness.ts";

/** Steps of taking apart, done in reverse order. */
export type OnEnd = (step: () => Promise<void>) => void;

export interface Logging {
  readonly buffer: LogBuffer;
  readonly service: Logs;
  close(): Promise<void>;
}

/** What outlives the process, and what reads and writes it. */
export interface State {
  readonly store: Store;
  /** undefined: this server is alone. */
  readonly cluster: Cluster | undefined;
  readonly access: Access;
  readonly permissions: RolePermissions;
  readonly catalogue: FunctionCatalogue;
  readonly codeStore: CodeStore;
  /** SQS's queues: its API, mappings and deliveries share them. */
  readonly queues: SqsQueues;
  readonly logging: Logging;
}

export interface Parts extends State {
  readonly metering: Metering;
  readonly readiness: Readiness;
  readonly config: Config;
  readonly operator: Operator;
  readonly onEnd: OnEnd;
  /** For steps of taking apart: how long what runs may still take. */
  readonly leftMs: () => number;
  readonly chosen: ChosenDriver;
  readonly ready: ReadyStems;
  readonly runtimes: Runtimes;
  /** What sandboxes reach beside the Runtime API. */
  readonly inside: Inside;
}
