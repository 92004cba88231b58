// What is provisioned for all functions: which pools there are follows the plans of the catalogue.

import type { ConcurrencyPlan } from "../functions/concurrency.ts";
import { type FunctionVersion, revisionKey } from "../functions/version.ts";
import type { PoolStats } from "./pool.ts";
import type { InvokerParts } from "./ports.ts";
import { ProvisionedPool, type ProvisionedStatus } from "./provisioned-pool.ts";
import { StartSlots } from "./start-slots.ts";

/** Started beside those that callers wait for. */
const STARTS_AT_ONCE = 8;

/** Calls back with how many environments are in place for the function from now on. */
export type OnInPlace = (plan: ConcurrencyPlan, inPlace: number) => void;

interface Owner {
  plan: ConcurrencyPlan;
  readonly pools: Map<string, ProvisionedPool>; // version → pool
}

export class Provisioned {
  readonly #parts: InvokerParts;
  readonly #onInPlace: OnInPlace;
  readonly #slots: StartSlots;
  readonly #functions = new Map<number, Owner>();
  /** Retired ones that are not empty yet. */
  readonly #leaving = new Set<ProvisionedPool>();

  constructor(parts: InvokerParts, onInPlace: OnInPlace) {
    this.#parts = parts;
    this.#onInPlace = onInPlace;
    this.#slots = new StartSlots(STARTS_AT_ONCE);
  }

  /** Starts and ends what differs from the last plan, and tells what is in place. */
  follow(plan: ConcurrencyPlan): void {
    const known = this.#functions.get(plan.functionId);
    const of = known ?? { plan, pools: new Map<string, ProvisionedPool>() };
    of.plan = plan;
    this.#functions.set(plan.functionId, of);
    const wanted = new Set(plan.provisioned.map(({ version }) => version.version));
    for (const [version, pool] of of.pools) if (!wanted.has(version)) this.#retire(of, version, pool);
    for (const { version, count, stamp } of plan.provisioned) this.#poolOf(of, version).resize(count, stamp);
    if (of.pools.size === 0) this.#functions.delete(plan.functionId);
    this.#tell(of);
  }

  poolFor({ functionId, version }: FunctionVersion): ProvisionedPool | undefined {
    return this.#functions.get(functionId)?.pools.get(version);
  }

  statusOf(functionId: number, version: string): ProvisionedStatus | undefined {
    return this.#functions.get(functionId)?.pools.get(version)?.status;
  }

  /** Environments that there are. */
  get count(): number {
    return this.stats().reduce((sum, { starting, idle, busy }) => sum + starting + idle + busy, 0);
  }

  /** Those that wait for work, by revisionKey. */
  idle(): ReadonlyMap<string, number> {
    const pools = [...this.#functions.values()].flatMap((owner) => [...owner.pools.values()]);
    return new Map(pools.filter(({ stats }) => stats.idle > 0).map((pool) => [revisionKey(pool.version), pool.stats.idle]));
  }

  stats(): readonly PoolStats[] {
    return this.#all().map((pool) => pool.stats);
  }

  *load(): Iterable<{ readonly version: FunctionVersion; readonly busy: number; readonly idle: number; readonly provisioned: number }> {
    for (const pool of this.#all())
      yield { version: pool.version, busy: pool.stats.busy, idle: pool.stats.idle, provisioned: pool.inPlace };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all().map((pool) => pool.stop("platform-stop")));
  }

  #poolOf(of: Owner, version: FunctionVersion): ProvisionedPool {
    const known = of.pools.get(version.version);
    if (known?.version.revisionId === version.revisionId) return known;
    if (known !== undefined) this.#retire(of, version.version, known);
    const pool = new ProvisionedPool(version, this.#parts, {
      slots: this.#slots,
      onChange: () => this.#tell(of),
      onEmpty: (empty) => this.#leaving.delete(empty),
    });
    of.pools.set(version.version, pool);
    return pool;
  }

  #retire(of: Owner, version: string, pool: ProvisionedPool): void {
    of.pools.delete(version);
    this.#leaving.add(pool);
    pool.retire("updated");
  }

  #tell({ plan, pools }: Owner): void {
    this.#onInPlace(
      plan,
      [...pools.values()].reduce((sum, pool) => sum + pool.inPlace, 0),
    );
  }

  #all(): readonly ProvisionedPool[] {
    return [...this.#leaving, ...[...this.#functions.values()].flatMap(({ pools }) => [...pools.values()])];
  }
}
