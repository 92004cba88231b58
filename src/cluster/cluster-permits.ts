// Permits of the data plane, leased from the cluster: those at hand are taken without asking, and who finds none waits while others are asked.
// A limit follows from the catalogue, so every node knows it by itself; the first one to know a new one stores it for all.

import type { Permits, PermitsFor } from "../invoke/permits.ts";
import { ServiceError } from "../lib/errors.ts";
import { StoreError } from "../store/database.ts";
import type { Permits as Leases, Permit } from "../store/permits/permits.ts";

export interface ClusterPermitsParts {
  readonly leases: Leases;
  /** Up to which change the catalogue is complete here. */
  readonly version: () => number;
  readonly onError: (error: unknown) => void;
}

interface Limit {
  wanted: number;
  stored: number | undefined;
  storing: Promise<void> | undefined;
}

export class ClusterPermits {
  readonly #parts: ClusterPermitsParts;
  readonly #limits = new Map<string, Limit>();

  constructor(parts: ClusterPermitsParts) {
    this.#parts = parts;
  }

  get permitsFor(): PermitsFor {
    return (key) => new KeyPermits(key, this.#parts.leases, this);
  }

  /** Stored soon: limits that change many times in one turn, as at the start, are stored once. */
  limitTo(key: string, max: number): void {
    const wanted = Math.max(0, max);
    const known = this.#limits.get(key);
    if (known !== undefined) known.wanted = wanted;
    const limit = known ?? { wanted, stored: undefined, storing: undefined };
    this.#limits.set(key, limit);
    if (limit.stored !== wanted) void this.#store(key, limit);
  }

  /** Resolves when there is a limit for the key, this node's or a newer one. */
  async known(key: string): Promise<void> {
    const limit = this.#limits.get(key);
    if (limit !== undefined && limit.stored === undefined) await this.#store(key, limit);
  }

  /** Resolves when no lease is larger than what follows from the catalogue as it is now. Rejects with StoreError. */
  async settled(): Promise<void> {
    const open = [...this.#limits].filter(([, { stored, wanted, storing }]) => stored !== wanted || storing !== undefined);
    await Promise.all(open.map(([key, limit]) => this.#store(key, limit)));
  }

  /** One at a time for a key; what is wanted when it begins. */
  #store(key: string, limit: Limit): Promise<void> {
    limit.storing ??= this.#storeNext(key, limit).finally(() => {
      limit.storing = undefined;
    });
    limit.storing.catch(this.#parts.onError);
    return limit.storing;
  }

  async #storeNext(key: string, limit: Limit): Promise<void> {
    const { leases, version } = this.#parts;
    await new Promise((resolve) => setImmediate(resolve));
    let wanted: number;
    do {
      wanted = limit.wanted;
      limit.stored = (await leases.setLimit(key, wanted, version())).limit;
    } while (limit.wanted !== wanted);
  }
}

class KeyPermits implements Permits {
  readonly #key: string;
  readonly #leases: Leases;
  readonly #limits: ClusterPermits;
  readonly #held: Permit[] = [];

  constructor(key: string, leases: Leases, limits: ClusterPermits) {
    this.#key = key;
    this.#leases = leases;
    this.#limits = limits;
  }

  get inUse(): number {
    return this.#held.length;
  }

  limitTo(max: number): void {
    this.#limits.limitTo(this.#key, max);
  }

  take(max: number): boolean {
    const permit = this.inUse < max ? this.#leases.tryAcquire(this.#key) : undefined;
    if (permit !== undefined) this.#held.push(permit);
    return permit !== undefined;
  }

  async obtain(max: number): Promise<boolean> {
    if (this.inUse >= max) return false;
    try {
      await this.#limits.known(this.#key);
      const permit = await this.#leases.acquire(this.#key);
      if (permit !== undefined) this.#held.push(permit);
      return permit !== undefined;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      throw new ServiceError("ServiceException", 500, "The store cannot say whether the function may run.", { cause: error });
    }
  }

  giveBack(): void {
    this.#leases.release(this.#held.pop()!); // as many were taken
  }
}
