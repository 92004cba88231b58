// What a kind of event source does for its mappings, and what it is handed.

import type { RolePermissions } from "../access/role-permissions.ts";
import type { FunctionCatalogue } from "../functions/catalogue.ts";
import type { Invoker } from "../invoke/invoker.ts";
import type { Recursion } from "../invoke/recursion.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { SqsQueues } from "../queues/sqs-queues.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { Mapping } from "./mapping.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics */
export type MappingMetric =
  | "PolledEventCount"
  | "FilteredOutEventCount"
  | "InvokedEventCount"
  | "FailedInvokeEventCount"
  | "DeletedEventCount";

export interface SourceParts {
  readonly queues: Pick<SqsQueues, "findByArn" | "receive" | "removeDone" | "changeVisibility" | "giveBack" | "forget">;
  readonly catalogue: Pick<FunctionCatalogue, "find" | "resolve">;
  readonly invoker: Pick<Invoker, "invoke">;
  readonly recursion: Pick<Recursion, "stops">;
  readonly permissions: Pick<RolePermissions, "missing">;
  /** Of all pollers of this node. */
  readonly held: HeldBytes;
  readonly clock: Clock;
  readonly random: Random;
  readonly warn: (sentence: string, cause?: unknown) => void;
  readonly count: (mapping: Mapping, metric: MappingMetric, events: number) => void;
}

/** Takes events from one mapping's source to its function, for as long as it is not stopped. */
export interface Poller {
  /** Holds for everything that is taken from now on. */
  change(mapping: Mapping): void;
  /** A function or a queue has changed: what was missing may be there. */
  lookAgain(): void;
  /** The function has changed, or what roles may do: who waits at the source asks first whether he still may take from it. */
  askAgain(): void;
  /** Takes no more; resolves when what runs has ended. */
  stop(): Promise<void>;
}

export interface Source {
  poll(mapping: Mapping, parts: SourceParts): Poller;
}
