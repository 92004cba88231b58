// Tasks that one node at a time may have, such as polling for one mapping: who wants a task is told when this node has it, and when it has no more.
//
//   want ─▶ waiting ──(free: nobody had it, or its lease has ended)──▶ held ──(release, close, or not renewed in time)──▶ …
//
// One statement per third of the time to live renews and claims all of a node's tasks. The time counts from before it was sent, on the
// monotonic clock, so that a node stops before another begins. What must not happen twice even so says stillHolds() in its transaction.
//
// Several nodes that want the same tasks share them out: each takes its part at once, and more only of what has been free for OVERDUE_MS; when
// there are more nodes, each gives up what is beyond its part.

import { believedUntilMs } from "../believed-until.ts";
import { type Database, EVERY_TOPIC } from "../database.ts";
import { claimRoles, ROLE_TOPIC, releaseRoles } from "./role-leases.procs.ts";

const TTL_MS = 3_000;
/** In times to live: what others could have taken for so long they do not want. */
const OVERDUE = 3;

export interface RoleListener {
  /** `fence` is larger than every holder's before. */
  held(fence: number): void;
  /** Given up for another node's sake, that one has the task when the promise resolves; else it may have it at once. */
  lost(): void | Promise<void>;
}

export interface RoleLease {
  /** Of the lease while it is in force: to be asked again before everything that only the holder may do. */
  readonly fence: number | undefined;
  /** Gives the task up, or the wish for it; `lost` is not called. Another node may have it at once. */
  release(): Promise<void>;
}

export interface RoleLeases {
  /** At most one wish per name and node at a time. */
  want(name: string, listener: RoleListener): RoleLease;
  /** So many nodes want the same tasks, this one included. */
  shareAmong(nodes: number): void;
  close(): Promise<void>;
}

export interface RoleLeasesOptions {
  readonly database: Database;
  readonly nodeId: string;
  readonly ttlMs?: number;
  /** A renewal has failed; the next one tries again. */
  readonly onError: (error: unknown) => void;
}

/** For a server that is alone: it has every task, without asking. */
export function allRoles(): RoleLeases {
  return {
    want(_name, listener) {
      let fence: number | undefined;
      const starting = setImmediate(() => {
        fence = 1;
        listener.held(fence);
      });
      return {
        get fence() {
          return fence;
        },
        async release() {
          clearImmediate(starting);
          fence = undefined;
        },
      };
    },
    shareAmong() {},
    async close() {},
  };
}

export function leasedRoles(options: RoleLeasesOptions): RoleLeases {
  return new LeasedRoles(options);
}

interface Wish {
  readonly listener: RoleListener;
  fence: number | undefined;
  /** On performance.now(). */
  validUntilMs: number;
  /** Since when it has been wanted and not held. */
  sinceMs: number;
  /** Its holder here is only ending its work. */
  isLeaving: boolean;
}

class LeasedRoles implements RoleLeases {
  readonly #options: RoleLeasesOptions;
  readonly #ttlMs: number;
  readonly #wishes = new Map<string, Wish>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopListening: () => void;
  #claiming: Promise<void> | undefined;
  #mustClaimAgain = false;
  #nodes = 1;
  #isClosed = false;

  constructor(options: RoleLeasesOptions) {
    this.#options = options;
    this.#ttlMs = options.ttlMs ?? TTL_MS;
    this.#timer = setInterval(() => this.#claimSoon(), this.#ttlMs / 3).unref();
    this.#stopListening = options.database.onWake((topic) => {
      if (topic === ROLE_TOPIC || topic === EVERY_TOPIC) this.#claimSoon();
    });
  }

  want(name: string, listener: RoleListener): RoleLease {
    const wish: Wish = { listener, fence: undefined, validUntilMs: 0, sinceMs: performance.now(), isLeaving: false };
    this.#wishes.set(name, wish);
    this.#claimSoon();
    return {
      get fence() {
        return performance.now() < wish.validUntilMs ? wish.fence : undefined;
      },
      release: () => this.#release(name, wish),
    };
  }

  shareAmong(nodes: number): void {
    const isMore = nodes > this.#nodes;
    this.#nodes = Math.max(1, nodes);
    const held = [...this.#wishes].filter(([, { fence }]) => fence !== undefined);
    if (isMore) for (const [name, wish] of held.slice(this.#part)) void this.#giveUp(name, wish).catch(this.#options.onError);
    this.#claimSoon();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#stopListening();
    await this.#claiming;
    const names = [...this.#wishes.keys()];
    this.#wishes.clear();
    const { database, nodeId, onError } = this.#options;
    // Where the store is away, others have them when the leases end.
    if (names.length > 0) await database.run(releaseRoles, { nodeId, names }).catch(onError);
  }

  async #release(name: string, wish: Wish): Promise<void> {
    if (this.#wishes.get(name) !== wish) return;
    this.#wishes.delete(name);
    wish.validUntilMs = 0;
    await this.#claiming; // it may bring the lease that is given up here
    await this.#options.database.run(releaseRoles, { nodeId: this.#options.nodeId, names: [name] });
  }

  get #part(): number {
    return Math.ceil(this.#wishes.size / this.#nodes);
  }

  /** Still wanted, should nobody else take it. Renewed until its holder here has ended. */
  async #giveUp(name: string, wish: Wish): Promise<void> {
    wish.isLeaving = true;
    wish.fence = undefined;
    wish.validUntilMs = 0;
    try {
      await wish.listener.lost();
      await this.#claiming;
      await this.#options.database.run(releaseRoles, { nodeId: this.#options.nodeId, names: [name] });
    } finally {
      wish.isLeaving = false;
      wish.sinceMs = performance.now();
    }
  }

  #claimSoon(): void {
    this.#expire();
    if (this.#isClosed || this.#wishes.size === 0) return;
    this.#mustClaimAgain = true;
    this.#claiming ??= this.#claimAll().finally(() => {
      this.#claiming = undefined;
    });
  }

  async #claimAll(): Promise<void> {
    while (this.#mustClaimAgain && !this.#isClosed) {
      this.#mustClaimAgain = false;
      await this.#claim().catch(this.#options.onError);
    }
  }

  async #claim(): Promise<void> {
    const { database, nodeId } = this.#options;
    const askedMs = performance.now();
    const before = new Map([...this.#wishes].filter(([, { isLeaving }]) => !isLeaving));
    const open = [...before].filter(([, { fence }]) => fence === undefined);
    const overdue = open.filter(([, { sinceMs }]) => askedMs - sinceMs > OVERDUE * this.#ttlMs);
    const max = Math.max(0, this.#part - (before.size - open.length), overdue.length);
    const names = [...overdue, ...open.filter((one) => !overdue.includes(one))].map(([name]) => name);
    const held = await database.run(claimRoles, { nodeId, names, max, ttlMs: this.#ttlMs });
    const fences = new Map(held.map(({ name, fence }) => [name, fence]));
    for (const [name, wish] of before) {
      if (this.#wishes.get(name) === wish && !wish.isLeaving) this.#settle(wish, fences.get(name), believedUntilMs(askedMs, this.#ttlMs));
    }
  }

  #settle(wish: Wish, fence: number | undefined, validUntilMs: number): void {
    const before = wish.fence;
    wish.fence = fence;
    wish.validUntilMs = fence === undefined ? 0 : validUntilMs;
    if (before === fence) return;
    if (fence === undefined) wish.sinceMs = performance.now();
    if (before !== undefined) void wish.listener.lost();
    if (fence !== undefined) wish.listener.held(fence);
  }

  /** Renewals fail for too long: another node may begin. */
  #expire(): void {
    const nowMs = performance.now();
    for (const wish of this.#wishes.values()) {
      if (wish.fence !== undefined && nowMs >= wish.validUntilMs) this.#settle(wish, undefined, 0);
    }
  }
}
