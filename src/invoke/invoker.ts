// The data plane as one object: made by platform.ts, used by whoever invokes functions.

import type { ConcurrencyPlan } from "../functions/concurrency.ts";
import type { FunctionVersion } from "../functions/version.ts";
import { monotonicClock } from "../lib/clock.ts";
import { ServiceError } from "../lib/errors.ts";
import { Late } from "../lib/late.ts";
import { Admission } from "./admission.ts";
import type { Invocation, InvocationResult, Recipient } from "./invocation.ts";
import { invoke, type Plane } from "./invoke.ts";
import type { PoolStats, Starts } from "./pool.ts";
import { Pools } from "./pools.ts";
import type { InvokerParts } from "./ports.ts";
import { Provisioned } from "./provisioned.ts";
import type { ProvisionedStatus } from "./provisioned-pool.ts";
import { shapeFor } from "./shape-for.ts";

export interface Invoker {
  /** Rejects with ServiceError; see invoke(). */
  invoke(invocation: Invocation, recipient?: Recipient): Promise<InvocationResult>;
  /** Has stems of this version's shape made ready: its first environment then starts without waiting for one. */
  warm(version: FunctionVersion): Promise<void>;
  /** For Catalogue.onChange: environments of other revisions of this version end, after the invocation that runs in them. */
  changed(functionId: number, version: string, now: FunctionVersion | undefined): void;
  /** For Catalogue.onFunctionChange, and for every function at the start. */
  plan(plan: ConcurrencyPlan): void;
  /** undefined: nothing is provisioned for that version. */
  provisioned(functionId: number, version: string): ProvisionedStatus | undefined;
  stats(): InvokerStats;
  /** Invocations under way. */
  readonly running: number;
  /** Environments of this revision that wait for work. */
  idleOf(version: FunctionVersion): number;
  /** The same for all revisions that have any, by revisionKey. */
  idle(): ReadonlyMap<string, number>;
  /** What each version has running now, and what waits for it; several entries of one where revisions overlap, or some is provisioned. */
  load(): Iterable<VersionLoad>;
  /** Takes no more invocations, waits up to `drainMs` for those that run, then ends every environment. */
  close(drainMs: number): Promise<void>;
}

/** What the other rooms, and other nodes, use of this node's. */
export type LocalInvoker = Pick<Invoker, "invoke" | "running" | "stats" | "provisioned" | "idle" | "idleOf" | "load">;

export interface InvokerStats extends PoolStats {
  readonly running: number;
  readonly pools: number;
}

export interface VersionLoad {
  readonly version: FunctionVersion;
  readonly busy: number;
  /** Environments that wait for an invocation. */
  readonly idle: number;
  /** Environments in place that were provisioned for it; undefined: these are on demand. */
  readonly provisioned?: number;
}

export function createInvoker(parts: InvokerParts): Invoker {
  const pools = new Pools(parts, { others: () => provisioned.count, clock: monotonicClock });
  const { concurrencyMax, finishGraceMs } = parts.settings;
  const admission = new Admission({ concurrencyMax, graceMs: finishGraceMs }, parts.permitsFor);
  const provisioned = new Provisioned(parts, (plan, inPlace) => admission.setOwn({ ...plan, provisioned: plan.claimed ?? inPlace }));
  /** With all that an environment needs: it comes with the first function. */
  const plane = new Late(async (): Promise<Plane> => {
    const { makeEnvironment } = await import("./make-environment.ts");
    const make: Starts["make"] = (version, owner) => makeEnvironment(version, parts, owner);
    return {
      admission,
      poolFor: ({ version }) => pools.of(version, make),
      provisionedFor: ({ version }) => provisioned.poolFor(version),
      onThrottle: parts.onThrottle,
    };
  });
  let isClosing = false;
  const begin: Invoker["invoke"] = (invocation, recipient) => {
    if (isClosing) return Promise.reject(new ServiceError("ServiceException", 500, "The server is stopping."));
    const loaded = plane.get();
    return loaded instanceof Promise ? loaded.then(() => begin(invocation, recipient)) : invoke(invocation, recipient, loaded);
  };
  return {
    invoke: begin,
    async warm(version) {
      await plane.get();
      await parts.stems.warm?.([shapeFor(version, await parts.launchFor(version.runtime), parts)]);
    },
    changed: (functionId, version, now) => pools.retire(functionId, version, now?.revisionId),
    plan: (plan) => provisioned.follow(plan),
    provisioned: (functionId, version) => provisioned.statusOf(functionId, version),
    get running() {
      return admission.running;
    },
    idleOf: (version) => pools.idleOf(version) + (provisioned.poolFor(version)?.stats.idle ?? 0),
    idle: () => pools.idle(provisioned.idle()),
    stats: () => ({ ...pools.stats(provisioned.stats()), running: admission.running }),
    *load() {
      yield* pools.load();
      yield* provisioned.load();
    },
    async close(drainMs) {
      isClosing = true;
      await admission.drained(drainMs);
      await Promise.all([pools.stop(), provisioned.stop()]);
    },
  };
}
