// This node among the others: its row, its heartbeats, and who else there is.
//
//   join ─▶ member ──(no heartbeat for the time to live, or fenced out)──▶ lost ──(reads the catalogue)──▶ member …
//              └──(SIGTERM)──▶ draining ──▶ left
//
// The time to live counts from before a heartbeat was sent, on the monotonic clock: the node takes no more work before the others stop to
// reckon with it. Everybody who asks whether it may take work asks `isMember`.

import { type Clock, every, monotonicClock } from "../lib/clock.ts";
import { PlatformError } from "../lib/errors.ts";
import { SEQ_SLOTS } from "../observe/log-segment.ts";
import { believedUntilMs } from "../store/believed-until.ts";
import { type Database, EVERY_TOPIC } from "../store/database.ts";
import { beat, joinCluster, leaveCluster, MEMBERS_TOPIC, type MemberRow, type NewMember } from "./members.procs.ts";

export const MEMBER_TTL_MS = 3_000;
const BEAT_MS = 1_000;

export interface MembershipParts {
  readonly database: Database;
  readonly member: NewMember;
  /** Of passing time. */
  readonly clock?: Clock;
  /** How many nodes there may be; absent: as many as log events can tell apart. */
  readonly slotsMax?: number;
  readonly note: (sentence: string) => void;
  readonly onError: (error: unknown) => void;
}

/** What a node must have read to be one: the catalogue. */
export interface Knowledge {
  readonly version: number;
  reach(version: number): Promise<void>;
}

export class Membership {
  readonly #parts: MembershipParts;
  readonly #listeners: (() => void)[] = [];
  readonly #stopListening: () => void;
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #knowledge: Knowledge | undefined;
  #stopBeating = () => {};
  #beating: Promise<void> | undefined;
  #validUntilMs = 0;
  #isDraining = false;
  #endpoint = "";
  #hasLeft = false;
  slot = 0;
  /** Others and this one, the longest started first. */
  members: readonly MemberRow[] = [];

  private constructor(parts: MembershipParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? monotonicClock;
    this.#stopListening = parts.database.onWake((topic) => {
      if (topic === MEMBERS_TOPIC || topic === EVERY_TOPIC) void this.beatNow();
    });
  }

  /** From then on others wait for this node to confirm what they change. Throws PlatformError "cluster-full" or "cluster-concurrency-differs", or StoreError. */
  static async join(parts: MembershipParts): Promise<Membership> {
    const membership = new Membership(parts);
    await membership.#join();
    await membership.beatNow();
    membership.#stopBeating = every(membership.#clock, BEAT_MS, () => void membership.beatNow());
    return membership;
  }

  /** False: it takes no work. */
  get isMember(): boolean {
    return this.#clock.nowMs() < this.#validUntilMs;
  }

  /** Whether it is a member within `ms`. */
  regained(ms: number): Promise<boolean> {
    if (this.isMember) return Promise.resolve(true);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const done = () => {
      cancel();
      this.#waiting.delete(done);
      resolve(this.isMember);
    };
    const cancel = this.#clock.at(this.#clock.nowMs() + ms, done);
    this.#waiting.add(done);
    void this.beatNow();
    return promise;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** The catalogue has been loaded: the node is a full one. */
  async follow(knowledge: Knowledge): Promise<void> {
    this.#knowledge = knowledge;
    await this.#beating;
    await this.beatNow();
  }

  /** Called when others came, went or changed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Where callers reach this node. */
  announce(endpoint: string): void {
    this.#endpoint = endpoint;
    void this.beatNow();
  }

  /** Others send it no more work; what it has it finishes. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await this.#beating;
    await this.beatNow();
  }

  async leave(): Promise<void> {
    this.#hasLeft = true;
    this.#stopBeating();
    this.#stopListening();
    await this.#beating;
    this.#validUntilMs = 0;
    await this.#parts.database.run(leaveCluster, this.#parts.member.id);
  }

  /** Never rejects. */
  beatNow(): Promise<void> {
    this.#beating ??= this.#beat()
      .catch(this.#parts.onError)
      .finally(() => {
        this.#beating = undefined;
      });
    return this.#beating;
  }

  async #beat(): Promise<void> {
    if (this.#hasLeft) return;
    const askedMs = this.#clock.nowMs();
    const { database, member } = this.#parts;
    const catalogueVersion = this.#knowledge?.version ?? -1;
    const view = await database.run(beat, {
      id: member.id,
      endpoint: this.#endpoint,
      isDraining: this.#isDraining,
      catalogueVersion,
      ttlMs: MEMBER_TTL_MS,
    });
    // One that still loads its catalogue joins again when it has: nobody is to wait for it.
    if (!view.isMember) return this.#knowledge === undefined ? undefined : this.#joinAgain();
    this.members = view.members;
    for (const listener of this.#listeners) listener();
    if (this.#knowledge === undefined) return;
    await this.#knowledge.reach(view.catalogueVersion);
    this.#validUntilMs = believedUntilMs(askedMs, MEMBER_TTL_MS);
    for (const done of this.#waiting) done();
  }

  /** What others have changed without it, it must know before it takes work. */
  async #joinAgain(): Promise<void> {
    this.#validUntilMs = 0;
    await this.#join();
    await this.#knowledge?.reach(Number.POSITIVE_INFINITY);
    this.#parts.note("This node was out of the cluster for a while: it has joined again.");
    setImmediate(() => void this.beatNow());
  }

  async #join(): Promise<void> {
    const { database, member, slotsMax = SEQ_SLOTS } = this.#parts;
    const joined = await database.run(joinCluster, { member, slotsMax, ttlMs: MEMBER_TTL_MS });
    if (joined === "full")
      throw new PlatformError("cluster-full", `There are ${slotsMax} nodes on this database already, or were within the last minute.`);
    if ("concurrencyOfOthers" in joined) throw concurrencyDiffers(member.concurrency, joined.concurrencyOfOthers);
    this.slot = joined.slot;
  }
}

/** The account's limit holds over all nodes: two that count with different ones would hold to neither. */
function concurrencyDiffers(own: number, others: number): PlatformError {
  return new PlatformError(
    "cluster-concurrency-differs",
    `The nodes on this database run with --concurrency ${others}, and this one was started with ${own}. Give all the same; to change it, end all first.`,
  );
}
