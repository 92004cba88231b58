// The pools of this machine, one for each revision that is invoked, and what they share: how many environments start at one time, how fast each
// function grows, and how many there are in all.

import { LATEST } from "../functions/function-record.ts";
import { type FunctionVersion, revisionKey } from "../functions/version.ts";
import type { Clock } from "../lib/clock.ts";
import type { VersionLoad } from "./invoker.ts";
import { Pool, type PoolParts, type PoolStats, type Starts } from "./pool.ts";
import { decideEviction } from "./scaling.ts";
import { StartBudgets } from "./start-budgets.ts";
import { StartSlots } from "./start-slots.ts";

export interface PoolsAround {
  /** Environments of the machine that are not in pools of ours. */
  readonly others: () => number;
  /** Of passing time. */
  readonly clock: Clock;
}

export class Pools {
  readonly #parts: PoolParts;
  readonly #others: () => number;
  readonly #starts: Omit<Starts, "make">;
  readonly #pools = new Map<string, Pool>();

  constructor(parts: PoolParts, { others, clock }: PoolsAround) {
    this.#parts = parts;
    this.#others = others;
    const { startsMax, scalingRate } = parts.settings;
    const budgets = new StartBudgets(scalingRate, clock);
    this.#starts = { slots: new StartSlots(startsMax), budgets, clock, makeRoom: () => this.#makeRoom() };
  }

  of(version: FunctionVersion, make: Starts["make"]): Pool {
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
    for (const pool of this.#pools.values()) yield { version: pool.version, busy: pool.stats.busy, idle: pool.stats.idle };
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
