// What must hold at every moment of a simulated run, looked at from outside: in the rows of the store and in what the nodes begin to do.
//
//   lease      the rows in force never grow above the limit: no permit is two nodes' at one time
//   start      a start is covered by its node's row in force at that moment: none without a valid permit
//   limit      so that valid starts of all nodes together stay within it
//   dead       a node's row outlives it by no more than the time to live
//   membership a node believes in its membership only while its row is in force
//   placement  nothing is sent to a node that has been dead or cut off for longer than a heartbeat's time to live
//
// What runs on after its lease has ended goes on by design (decision 0020): it is no start, and is not counted among the valid ones.

import { MEMBER_TTL_MS } from "../../src/cluster/membership.ts";
import type { SimulatedNode, Watch } from "./node.ts";
import type { SimulatedStore } from "./store.ts";
import { Violation, type World } from "./world.ts";

/** As leased-permits.ts has it. */
export const PERMIT_TTL_MS = 3_000;
/** How long a question to the store may be under way: so much later come the last words of a node that has died. */
export const STORE_SLOW_MS_MAX = 1_500;
/** Rows are in whole milliseconds. */
const ROUNDING_MS = 1;

interface PermitRow {
  readonly key: string;
  readonly node_id: string;
  readonly held: number;
  readonly expires_at: number;
}

interface Lease {
  held: number;
  expiresAt: number;
  /** Grows when it has ended: what was started before is not valid any more. */
  epoch: number;
}

interface Run {
  /** Of its node's lease when it began. */
  readonly epoch: number;
}

interface LimitChange {
  readonly atMs: number;
  readonly limit: number;
}

export interface RefereeParts {
  readonly world: World;
  readonly store: () => SimulatedStore;
  /** Since when a node is dead or cut off from the other; undefined: it is neither. */
  readonly outOfReachSinceMs: (from: string, to: string) => number | undefined;
  readonly diedAtMs: (nodeId: string) => number | undefined;
}

export class Referee implements Watch {
  readonly #parts: RefereeParts;
  readonly #leases = new Map<string, Map<string, Lease>>(); // key → node
  readonly #runs = new Map<string, Map<string, Set<Run>>>(); // key → node
  readonly #limits = new Map<string, LimitChange[]>();
  starts = 0;
  forwarded = 0;

  constructor(parts: RefereeParts) {
    this.#parts = parts;
  }

  /** After each transaction. */
  committed(proc: string): void {
    if (!proc.startsWith("permits.")) return;
    this.#readLimits();
    const now = this.#parts.store().nowMs;
    const rows = this.#parts.store().look<PermitRow>("SELECT key, node_id, held, expires_at FROM permit WHERE expires_at > ?", now);
    const granted = rows.filter((row) => this.#hasGrown(row));
    this.#readLeases(rows, now);
    for (const { key, node_id } of granted) this.#checkSum(key, node_id);
    for (const row of rows) this.#checkDead(row, now);
  }

  started(node: SimulatedNode, key: string): () => void {
    this.starts++;
    const { world, store } = this.#parts;
    const now = store().nowMs;
    const lease = this.#leases.get(key)?.get(node.id);
    const running = this.#runsOf(key, node.id);
    const covered = lease !== undefined && lease.expiresAt > now ? lease.held : 0;
    const run = { epoch: lease?.epoch ?? 0 };
    running.add(run);
    world.note(`${node.id} starts ${key}: ${running.size} of ${covered}`);
    if (running.size > covered) this.#fail("start", `${node.id} runs ${running.size} of ${key} and holds ${covered} permits`);
    const valid = this.#valid(key, now);
    const limit = this.#limitLately(key);
    if (valid > limit) this.#fail("limit", `${valid} of ${key} run on valid permits, ${limit} may`);
    return () => running.delete(run);
  }

  asked(node: SimulatedNode, to: string, path: string): void {
    if (path !== "/invoke") return;
    this.forwarded++;
    const { world, outOfReachSinceMs } = this.#parts;
    const sinceMs = outOfReachSinceMs(node.id, to);
    const wasStopped = world.nowMs - node.process.stoppedUntilMs < MEMBER_TTL_MS;
    if (sinceMs === undefined || wasStopped || world.nowMs - sinceMs <= MEMBER_TTL_MS) return;
    this.#fail(
      "placement",
      `${node.id} sends an invocation to ${to}, which has been out of reach for ${Math.round(world.nowMs - sinceMs)} ms`,
    );
  }

  /** From time to time. */
  checkMembership(nodes: readonly SimulatedNode[]): void {
    const members = this.#parts.store().look<{ id: string; expires_at: number }>("SELECT id, expires_at FROM node");
    const untilMs = new Map(members.map(({ id, expires_at }) => [id, expires_at]));
    const now = this.#parts.store().nowMs;
    for (const { id, isMember, process } of nodes) {
      if (!process.isDead && isMember && (untilMs.get(id) ?? 0) <= now) this.#fail("membership", `${id} takes itself for a member`);
    }
  }

  /** All that runs for the key, on nodes that live. */
  running(key: string): number {
    const all = [...(this.#runs.get(key) ?? [])].filter(([nodeId]) => this.#parts.diedAtMs(nodeId) === undefined);
    return all.reduce((sum, [, runs]) => sum + runs.size, 0);
  }

  limitOf(key: string): number {
    return this.#limits.get(key)?.at(-1)?.limit ?? 0;
  }

  #readLimits(): void {
    const rows = this.#parts.store().look<{ key: string; permits_max: number }>("SELECT key, permits_max FROM permit_limit");
    for (const { key, permits_max } of rows) {
      const known = this.#limits.get(key) ?? [];
      if (known.at(-1)?.limit !== permits_max) known.push({ atMs: this.#parts.world.nowMs, limit: permits_max });
      this.#limits.set(key, known);
    }
  }

  #hasGrown({ key, node_id, held }: PermitRow): boolean {
    return held > (this.#leases.get(key)?.get(node_id)?.held ?? 0);
  }

  #readLeases(rows: readonly PermitRow[], now: number): void {
    for (const leases of this.#leases.values()) {
      for (const lease of leases.values()) {
        if (lease.expiresAt <= now && lease.held > 0) lease.epoch++;
        if (lease.expiresAt <= now) lease.held = 0;
      }
    }
    const found = new Set<Lease>();
    for (const { key, node_id, held, expires_at } of rows) {
      const leases = this.#leases.get(key) ?? new Map<string, Lease>();
      this.#leases.set(key, leases);
      const lease = leases.get(node_id) ?? { held: 0, expiresAt: 0, epoch: 0 };
      leases.set(node_id, lease);
      found.add(Object.assign(lease, { held, expiresAt: expires_at }));
    }
    for (const leases of this.#leases.values()) for (const lease of leases.values()) if (!found.has(lease)) lease.held = 0;
  }

  #checkSum(key: string, nodeId: string): void {
    const held = [...(this.#leases.get(key)?.values() ?? [])].reduce((sum, lease) => sum + lease.held, 0);
    const limit = this.limitOf(key);
    if (held > limit) this.#fail("lease", `${held} permits of ${key} are leased after a grant to ${nodeId}, there are ${limit}`);
  }

  #checkDead({ key, node_id, expires_at }: PermitRow, now: number): void {
    const diedMs = this.#parts.diedAtMs(node_id);
    const { nowMs } = this.#parts.world;
    if (diedMs === undefined) return;
    // What it had sent may come a little after its end.
    if (nowMs + (expires_at - now) > diedMs + PERMIT_TTL_MS + STORE_SLOW_MS_MAX)
      this.#fail("dead", `${node_id} died at ${Math.round(diedMs)} ms and keeps permits of ${key} for another ${expires_at - now} ms`);
  }

  #valid(key: string, now: number): number {
    let count = 0;
    for (const [nodeId, lease] of this.#leases.get(key) ?? []) {
      if (lease.expiresAt + ROUNDING_MS <= now || this.#parts.diedAtMs(nodeId) !== undefined) continue;
      for (const { epoch } of this.#runsOf(key, nodeId)) if (epoch === lease.epoch) count++;
    }
    return count;
  }

  /** A node hears of a lower one at its next renewal: until then it may start by the former. */
  #limitLately(key: string): number {
    const sinceMs = this.#parts.world.nowMs - PERMIT_TTL_MS;
    const changes = this.#limits.get(key) ?? [];
    const from = changes.findLastIndex(({ atMs }) => atMs <= sinceMs);
    return Math.max(0, ...changes.slice(Math.max(from, 0)).map(({ limit }) => limit));
  }

  #runsOf(key: string, nodeId: string): Set<Run> {
    const nodes = this.#runs.get(key) ?? new Map<string, Set<Run>>();
    this.#runs.set(key, nodes);
    const runs = nodes.get(nodeId) ?? new Set();
    nodes.set(nodeId, runs);
    return runs;
  }

  #fail(rule: string, sentence: string): void {
    this.#parts.world.note(`VIOLATION ${rule}: ${sentence}`);
    this.#parts.world.fail(new Violation(rule, sentence));
  }
}
