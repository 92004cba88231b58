// The data plane as one object: made by platform.ts, used by whoever invokes functions.

import type { ConcurrencyPlan } from "../functions/concurrency.ts";
import { LATEST } from "../functions/function-record.ts";
import { type FunctionVersion, revisionKey } from "../functions/version.ts";
import { ServiceError } from "../lib/errors.ts";
import { Late } from "../lib/late.ts";
import { Admission } from "./admission.ts";
import type { Invocation, InvocationResult, Recipient } from "./invocation.ts";
import { invoke, type Plane } from "./invoke.ts";
import type { MakeEnvironment } from "./make-environment.ts";
import { Pool, type PoolStats, type Starts } from "./pool.ts";
import type { InvokerParts } from "./ports.ts";
import { Provisioned } from "./provisioned.ts";
import type { ProvisionedStatus } from "./provisioned-pool.ts";
import { decideEviction } from "./scaling.ts";
import { shapeFor } from "./shape-for.ts";
import { StartBudgets } from "./start-budgets.ts";
import { StartSlots } from "./start-slots.ts";

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
  /** What each version has running now. */
  load(): Iterable<VersionLoad>;
  /** Takes no more invocations, waits up to `drainMs` for those that run, then ends every environment. */
  close(drainMs: number): Promise<void>;
}

export interface InvokerStats extends PoolStats {
  readonly running: number;
  readonly pools: number;
}

export interface VersionLoad {
  readonly version: FunctionVersion;
  readonly busy: number;
  /** Environments in place that were provisioned for it; undefined: these are on demand. */
  readonly provisioned?: number;
}

export function createInvoker(parts: InvokerParts): Invoker {
  const pools = new Pools(parts, () => provisioned.count);
  const { concurrencyMax, finishGraceMs } = parts.settings;
  const admission = new Admission({ concurrencyMax, graceMs: finishGraceMs }, parts.permitsFor);
  const provisioned = new Provisioned(parts, (plan, inPlace) => admission.setOwn({ ...plan, provisioned: plan.claimed ?? inPlace }));
  /** With all that an environment needs: it comes with the first function. */
  const plane = new Late(async (): Promise<Plane> => {
    const { makeEnvironment } = await import("./make-environment.ts");
    return {
      admission,
      poolFor: ({ version }) => pools.of(version, makeEnvironment),
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

class Pools {
  readonly #parts: InvokerParts;
  /** Environments of the machine that are not in pools of ours. */
  readonly #others: () => number;
  readonly #starts: Omit<Starts, "make">;
  readonly #pools = new Map<string, Pool>();

  constructor(parts: InvokerParts, others: () => number) {
    this.#parts = parts;
    this.#others = others;
    const { startsMax, scalingRate } = parts.settings;
    this.#starts = { slots: new StartSlots(startsMax), budgets: new StartBudgets(scalingRate), makeRoom: () => this.#makeRoom() };
  }

  of(version: FunctionVersion, make: MakeEnvironment): Pool {
    const key = revisionKey(version);
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool = new Pool(version, this.#parts, { ...this.#starts, make }, (empty) => {
      if (this.#pools.get(key) === empty) this.#pools.delete(key);
    });
    this.#pools.set(key, pool);
    return pool;
  }

  idleOf(version: FunctionVersion): number {
    return this.#pools.get(revisionKey(version))?.stats.idle ?? 0;
  }

  /** Added to `provisioned`. */
  idle(provisioned: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const idle = new Map(provisioned);
    for (const [key, { stats }] of this.#pools) if (stats.idle > 0) idle.set(key, (idle.get(key) ?? 0) + stats.idle);
    return idle;
  }

  /** For the environment that is about to start, which is counted already. */
  async #makeRoom(): Promise<void> {
    const pools = [...this.#pools.values()].map((pool) => [pool, pool.occupancy] as const);
    await decideEviction(pools, this.#parts.settings.concurrencyMax - this.#others())?.endLongestIdle();
  }

  retire(functionId: number, version: string, revisionId: string | undefined): void {
    if (version === LATEST && revisionId === undefined) this.#starts.budgets.forget(functionId); // the function was deleted
    for (const pool of this.#pools.values()) {
      const isSame = pool.version.functionId === functionId && pool.version.version === version;
      if (isSame && pool.version.revisionId !== revisionId) pool.retire("updated");
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop("platform-stop")));
  }

  *load(): Iterable<VersionLoad> {
    for (const pool of this.#pools.values()) yield { version: pool.version, busy: pool.stats.busy };
  }

  /** `provisioned` are added to what runs on demand. */
  stats(provisioned: readonly PoolStats[]): PoolStats & { readonly pools: number } {
    const sum = { starting: 0, idle: 0, busy: 0, waiting: 0, pools: this.#pools.size + provisioned.length };
    for (const stats of [...[...this.#pools.values()].map((pool) => pool.stats), ...provisioned]) {
      sum.starting += stats.starting;
      sum.idle += stats.idle;
      sum.busy += stats.busy;
      sum.waiting += stats.waiting;
    }
    return sum;
  }
}
