// Permits of one node of a cluster: leased from the database in portions, used without asking it, handed over to nodes that want them.
//
//   acquire ─▶ held and not in use? ─ yes ─▶ permit                    (no SQL)
//                 │ no
//                 ▼
//              settle: keep what is in use, want more ─▶ granted ─▶ permit
//                 │ none is free: those who hold some hear that they are wanted
//                 ▼
//              up to 25 ms for a hand-over ─▶ throttled
//
// Discipline: one settlement per key under way. While it is, no more than what it keeps is used. The time of a lease counts from before it
// was asked for, on the monotonic clock, so that ours is over before the database's is.

import { strict as assert } from "node:assert";
import { type Clock, every, monotonicClock } from "../../lib/clock.ts";
import { believedUntilMs } from "../believed-until.ts";
import { type Database, EVERY_TOPIC } from "../database.ts";
import { Lease, type Waiter } from "./lease.ts";
import {
  FREE_TOPIC,
  forgetLeases,
  LIMIT_TOPIC,
  leaveLeases,
  type RenewedLease,
  renewLeases,
  setPermitLimit,
  settleLease,
  WANT_TOPIC,
} from "./permits.procs.ts";
import type { NodePermits, Overrun, Permit, PermitTotals, StoredLimit } from "./permits.ts";

const TTL_MS = 3_000;
/** How long a call waits for another node's idle permits before it is throttled. */
const HAND_OVER_MS = 25;
/** A burst of calls beyond the limit costs one query, not one each. */
const REFUSED_MS = 20;
/** Permits that nobody has used for so long go back. */
const IDLE_MS = 30_000;
const WAITING_MAX = 10_000;
const FORGET_MS = 600_000;
/** Renewals between two sweeps of rows that nobody will renew. */
const FORGET_EVERY = 300;

export interface LeasedPermitsOptions {
  readonly database: Database;
  readonly nodeId: string;
  readonly ttlMs?: number;
  /** Of passing time. */
  readonly clock?: Clock;
  /** Work goes on whose lease has ended: the store was out of reach for too long. */
  readonly onOverrun: (overrun: Overrun) => void;
  /** A renewal has failed; the next one tries again. */
  readonly onError: (error: unknown) => void;
}

export function leasedPermits(options: LeasedPermitsOptions): NodePermits {
  return new LeasedPermits(options);
}

class LeasedPermits implements NodePermits {
  readonly #options: LeasedPermitsOptions;
  readonly #ttlMs: number;
  readonly #leases = new Map<string, Lease>();
  readonly #settling = new Map<string, Promise<void>>();
  readonly #taken = new WeakSet<Permit>();
  readonly #clock: Clock;
  readonly #stopRenewing: () => void;
  readonly #stopListening: () => void;
  #renewing: Promise<void> = Promise.resolve();
  #renewals = 0;
  #isClosed = false;

  constructor(options: LeasedPermitsOptions) {
    this.#options = options;
    this.#ttlMs = options.ttlMs ?? TTL_MS;
    this.#clock = options.clock ?? monotonicClock;
    this.#stopListening = options.database.onWake((topic) => this.#hear(topic));
    this.#stopRenewing = every(this.#clock, this.#ttlMs / 3, () => {
      this.#renewing = this.#renew().catch(options.onError);
    });
  }

  totals(): PermitTotals {
    const leases = [...this.#leases.values()];
    const sum = (of: (lease: Lease) => number) => leases.reduce((total, lease) => total + of(lease), 0);
    return { held: sum(({ held }) => held), inUse: sum(({ inUse }) => inUse), waiting: sum(({ waiting }) => waiting.length) };
  }

  tryAcquire(key: string): Permit | undefined {
    const lease = this.#leases.get(key);
    const isTaken = lease?.waiting.length === 0 && lease.take(this.#clock.nowMs());
    return isTaken ? this.#permit(key) : undefined;
  }

  acquire(key: string, signal?: AbortSignal): Promise<Permit | undefined> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const permit = this.tryAcquire(key);
    if (permit !== undefined) return Promise.resolve(permit);
    const lease = this.#lease(key);
    if (lease.waiting.length >= WAITING_MAX) return Promise.resolve(undefined);
    return this.#wait(lease, signal);
  }

  release(permit: Permit): void {
    assert(this.#taken.delete(permit), `a permit of ${permit.key} was released twice`);
    const lease = this.#lease(permit.key);
    lease.inUse--;
    if (lease.giveBack(this.#clock.nowMs())) void this.#settle(lease);
    else this.#serve(lease);
  }

  async setLimit(key: string, limit: number, version = 0): Promise<StoredLimit> {
    const stored = await this.#options.database.run(setPermitLimit, { key, limit, version });
    const lease = this.#leases.get(key);
    if (lease !== undefined && lease.limit !== stored.limit) {
      await this.#settling.get(key);
      await this.#settle(lease);
    }
    return stored;
  }

  /** Ends the leases; whoever waits is throttled. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopRenewing();
    this.#stopListening();
    for (const { waiting } of this.#leases.values()) for (const { resolve } of waiting.splice(0)) resolve(undefined);
    await Promise.allSettled([this.#renewing, ...this.#settling.values()]);
    await this.#options.database.run(leaveLeases, { nodeId: this.#options.nodeId });
  }

  #wait(lease: Lease, signal: AbortSignal | undefined): Promise<Permit | undefined> {
    return new Promise((resolve, reject) => {
      const leave = () => this.#forget(lease, waiter)?.reject(signal?.reason);
      const done = () => signal?.removeEventListener("abort", leave);
      const waiter: Waiter = {
        resolve(permit) {
          done();
          resolve(permit);
        },
        reject(error) {
          done();
          reject(error);
        },
      };
      signal?.addEventListener("abort", leave, { once: true });
      lease.waiting.push(waiter);
      if (this.#clock.nowMs() < lease.refusedUntilMs) this.#throttleLater(lease, [waiter]);
      else void this.#settle(lease);
    });
  }

  /** Asks for what is missing, gives back what is others'. One at a time per key; who comes meanwhile is reckoned with by the next one. */
  async #settle(lease: Lease): Promise<void> {
    const underWay = this.#settling.get(lease.key);
    if (underWay !== undefined || this.#isClosed) return underWay;
    const settling = this.#settleOnce(lease).finally(() => this.#settling.delete(lease.key));
    this.#settling.set(lease.key, settling);
    await settling;
    if (lease.waiting.some(({ isRefused }) => !isRefused)) void this.#settle(lease);
  }

  async #settleOnce(lease: Lease): Promise<void> {
    const { database, nodeId } = this.#options;
    const askedMs = this.#clock.nowMs();
    const asking = lease.waiting.slice();
    lease.giveBack(askedMs);
    const keep = askedMs < lease.validUntilMs ? lease.held : lease.inUse;
    lease.held = Math.min(lease.held, keep);
    try {
      const { key } = lease;
      const settled = await database.run(settleLease, { key, nodeId, keep, want: lease.toWant(askedMs), ttlMs: this.#ttlMs });
      assert(settled !== "no-limit", `${lease.key} has no limit`);
      Object.assign(lease, settled);
      lease.validUntilMs = believedUntilMs(askedMs, this.#ttlMs);
    } catch (error) {
      for (const waiter of asking) this.#forget(lease, waiter)?.reject(error);
      return;
    }
    if (lease.excess > 0 && lease.giveBack(this.#clock.nowMs())) return this.#settleOnce(lease);
    this.#serve(lease);
    const refused = asking.filter((waiter) => lease.waiting.includes(waiter));
    if (refused.length > 0) lease.refusedUntilMs = this.#clock.nowMs() + REFUSED_MS;
    this.#throttleLater(lease, refused);
  }

  /** Hands permits that are not in use to those who wait. */
  #serve(lease: Lease): void {
    const nowMs = this.#clock.nowMs();
    while (lease.waiting.length > 0 && lease.take(nowMs)) lease.waiting.shift()?.resolve(this.#permit(lease.key));
  }

  #throttleLater(lease: Lease, refused: readonly Waiter[]): void {
    const fresh = refused.filter(({ isRefused }) => !isRefused);
    for (const waiter of fresh) waiter.isRefused = true;
    if (fresh.length === 0) return;
    this.#clock.at(this.#clock.nowMs() + HAND_OVER_MS, () => {
      for (const waiter of fresh) this.#forget(lease, waiter)?.resolve(undefined);
    });
  }

  #forget(lease: Lease, waiter: Waiter): Waiter | undefined {
    const at = lease.waiting.indexOf(waiter);
    if (at < 0) return undefined;
    lease.waiting.splice(at, 1);
    return waiter;
  }

  #hear(topic: string): void {
    if (topic.startsWith(FREE_TOPIC)) this.#askAgain(this.#leases.get(topic.slice(FREE_TOPIC.length)));
    else if (topic.startsWith(LIMIT_TOPIC)) this.#askAgain(this.#leases.get(topic.slice(LIMIT_TOPIC.length)), true);
    else if (topic.startsWith(WANT_TOPIC)) this.#hearWant(topic.slice(WANT_TOPIC.length));
    else if (topic === EVERY_TOPIC) for (const lease of this.#leases.values()) this.#askAgain(lease);
  }

  #askAgain(lease: Lease | undefined, always = false): void {
    if (lease === undefined || (!always && lease.waiting.length === 0)) return;
    lease.refusedUntilMs = 0;
    void this.#settle(lease);
  }

  #hearWant(words: string): void {
    const at = words.indexOf(" ");
    const [nodeId, key] = [words.slice(0, at), words.slice(at + 1)];
    const lease = this.#leases.get(key);
    if (lease === undefined || nodeId === this.#options.nodeId) return;
    const nowMs = this.#clock.nowMs();
    lease.wantedBy(nodeId, nowMs);
    if (lease.giveBack(nowMs)) void this.#settle(lease);
  }

  async #renew(): Promise<void> {
    if (this.#leases.size === 0) return;
    const { database, nodeId } = this.#options;
    const askedMs = this.#clock.nowMs();
    const before = new Map([...this.#leases.values()].map((lease) => [lease, lease.validUntilMs]));
    const renewed = await database.run(renewLeases, { nodeId, ttlMs: this.#ttlMs });
    const rows = new Map(renewed.map((row) => [row.key, row]));
    for (const [lease, wasValidUntilMs] of before) {
      const isCurrent = this.#leases.get(lease.key) === lease; // else the answer is late, and the key's lease another one by now
      if (isCurrent) this.#renewed(lease, { askedMs, wasValidUntilMs, row: rows.get(lease.key) });
    }
    for (const { key, held } of renewed) this.#reckonWith(this.#lease(key), held);
    if (this.#renewals++ % FORGET_EVERY === 0) await database.run(forgetLeases, { olderMs: FORGET_MS });
  }

  #renewed(
    lease: Lease,
    { askedMs, wasValidUntilMs, row }: { askedMs: number; wasValidUntilMs: number; row: RenewedLease | undefined },
  ): void {
    const isUnsettled = lease.validUntilMs === wasValidUntilMs;
    if (row !== undefined) {
      if (row.permits_max < lease.limit) lease.lowerTo(row.permits_max);
      else lease.limit = row.permits_max;
      // Of a lease that had ended meanwhile, and was granted anew to an answer that was lost, there may be less.
      if (isUnsettled) lease.held = Math.min(lease.held, row.held);
      lease.validUntilMs = Math.max(lease.validUntilMs, believedUntilMs(askedMs, this.#ttlMs));
    } else if (isUnsettled && lease.held > 0) {
      lease.held = 0; // it has ended: others may have its permits
      lease.validUntilMs = 0;
      if (lease.inUse > 0) this.#recount(lease);
    }
    const isIdle = lease.inUse === 0 && lease.waiting.length === 0 && askedMs - lease.usedAtMs > IDLE_MS;
    if (isIdle && !this.#settling.has(lease.key)) void this.#drop(lease);
    else if (lease.giveBack(askedMs)) void this.#settle(lease);
  }

  /** An answer was lost, and the store reckons with more than this node knows of: for others they would be gone for good. */
  #reckonWith(lease: Lease, stored: number): void {
    if (stored > lease.held) void this.#settle(lease);
  }

  /** Work goes on without a lease: gets as many permits for it as are free, and says how many that was. */
  async #recount(lease: Lease): Promise<void> {
    await this.#settle(lease).catch(this.#options.onError);
    if (lease.held < lease.inUse) this.#options.onOverrun({ key: lease.key, running: lease.inUse, held: lease.held });
  }

  async #drop(lease: Lease): Promise<void> {
    lease.limit = 0; // keeps nothing beyond what is in use: nothing
    await this.#settle(lease);
    if (lease.inUse === 0 && lease.waiting.length === 0 && lease.held === 0) this.#leases.delete(lease.key);
  }

  #lease(key: string): Lease {
    const known = this.#leases.get(key);
    if (known !== undefined) return known;
    const lease = new Lease(key);
    lease.usedAtMs = this.#clock.nowMs();
    this.#leases.set(key, lease);
    return lease;
  }

  #permit(key: string): Permit {
    const permit = { key };
    this.#taken.add(permit);
    return permit;
  }
}
