// The other nodes as this one sees them: how much runs there, what is idle, and whether they answer at all.
//
// Every node asks every other one a few times a second and tells of itself as it asks. What it learns is a hint for placement; a node that is
// silent for SILENT_MS is given up until it answers again, and whoever waits for an answer of it hears so at once.

import { type Clock, monotonicClock } from "../lib/clock.ts";
import type { MemberRow } from "./members.procs.ts";
import { type NodeClient, NodeLost } from "./node-client.ts";
import type { DoorAnswer, DoorRequest } from "./node-door.ts";
import type { NodeLoad } from "./placement.ts";

const ASK_MS = 250;
/** With more nodes each is asked less often: so many questions a second go out at most. */
const ASKS_PER_SECOND_MAX = 100;
const SILENT_MS = 1_500;
/** When our own timer is so late we have been asleep, not the others. */
const LATE_MS = 500;
/** A node names so many of its idle revisions, those used last. */
export const IDLE_NAMES_MAX = 500;

/** How much runs on a node, and what it could take at once. */
export interface Load {
  readonly takesWork: boolean;
  readonly busy: number;
  readonly room: number;
  /** Revision → environments that wait for work. */
  readonly idle: Readonly<Record<string, number>>;
}

interface Peer {
  member: MemberRow;
  load: Load | undefined;
  /** Since the last load: what is sent there and not answered counts as busy. */
  idle: Map<string, number>;
  sent: number;
  heardMs: number;
  isSilent: boolean;
  /** When the latest of the questions that it has answered was asked. */
  answeredMs: number;
}

export interface PeersParts {
  readonly nodeId: string;
  readonly client: Pick<NodeClient, "send" | "giveUp">;
  /** Of passing time. */
  readonly clock?: Clock;
  readonly ownLoad: () => Load;
  readonly note: (sentence: string) => void;
}

export class Peers {
  readonly #parts: PeersParts;
  readonly #peers = new Map<string, Peer>();
  readonly #clock: Clock;
  #stopAsking = () => {};
  #askedMs: number;

  constructor(parts: PeersParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? monotonicClock;
    this.#askedMs = this.#clock.nowMs();
    this.#askLater();
  }

  /** The members of the moment; this node among them is passed over. */
  follow(members: readonly MemberRow[]): void {
    const others = members.filter(({ id }) => id !== this.#parts.nodeId);
    const ids = new Set(others.map(({ id }) => id));
    for (const id of this.#peers.keys()) if (!ids.has(id)) this.#forget(id);
    for (const member of others) {
      const known = this.#peers.get(member.id);
      if (known !== undefined) known.member = member;
      else this.#meet(member);
    }
  }

  get members(): readonly MemberRow[] {
    return [...this.#peers.values()].map(({ member }) => member);
  }

  memberOf(nodeId: string): MemberRow | undefined {
    return this.#peers.get(nodeId)?.member;
  }

  loadOf(nodeId: string): Load | undefined {
    return this.#peers.get(nodeId)?.load;
  }

  isSilent(nodeId: string): boolean {
    return this.#peers.get(nodeId)?.isSilent ?? true;
  }

  get isEmpty(): boolean {
    return this.#peers.size === 0;
  }

  /** For placement; without those that were tried in vain. */
  loads(revision: string, without: ReadonlySet<string> | undefined): NodeLoad[] {
    const loads: NodeLoad[] = [];
    for (const [nodeId, { member, load, idle, sent, isSilent }] of this.#peers) {
      if (load === undefined) continue;
      const takesWork = load.takesWork && !isSilent && member.is_draining === 0 && !without?.has(nodeId);
      loads.push({ nodeId, takesWork, idle: idle.get(revision) ?? 0, busy: load.busy + sent, room: load.room });
    }
    return loads;
  }

  /** An invocation goes there: until the node tells more, it has one idle environment less. The returned function is to be called at its end. */
  sending(nodeId: string, revision: string): () => void {
    const peer = this.#peers.get(nodeId);
    if (peer === undefined) return () => {};
    const idle = peer.idle.get(revision) ?? 0;
    if (idle > 0) peer.idle.set(revision, idle - 1);
    peer.sent++;
    return () => {
      peer.sent--;
      peer.idle.set(revision, (peer.idle.get(revision) ?? 0) + 1);
    };
  }

  /** Another node asks and tells of itself. */
  async answer({ from, body }: DoorRequest): Promise<DoorAnswer> {
    this.#hear(from, JSON.parse(body.toString()) as Load);
    return { status: 200, body: JSON.stringify(this.#parts.ownLoad()) };
  }

  /** Everybody is told of this node's load now: it has begun to drain, say. */
  async tellAll(): Promise<void> {
    await Promise.all([...this.#peers.values()].map((peer) => this.#ask(peer)));
  }

  close(): void {
    this.#stopAsking();
  }

  #meet(member: MemberRow): void {
    const peer: Peer = {
      member,
      load: undefined,
      idle: new Map(),
      sent: 0,
      heardMs: this.#clock.nowMs(),
      isSilent: false,
      answeredMs: 0,
    };
    this.#peers.set(member.id, peer);
    void this.#ask(peer);
  }

  #forget(id: string): void {
    this.#peers.delete(id);
    this.#parts.client.giveUp(id);
  }

  #askLater(): void {
    const waitMs = Math.max(ASK_MS, (this.#peers.size / ASKS_PER_SECOND_MAX) * 1_000);
    this.#stopAsking = this.#clock.at(this.#clock.nowMs() + waitMs, () => {
      this.#checkSilence(waitMs);
      for (const peer of this.#peers.values()) void this.#ask(peer);
      this.#askLater();
    });
  }

  #checkSilence(waitMs: number): void {
    const nowMs = this.#clock.nowMs();
    const lateMs = nowMs - this.#askedMs - waitMs;
    this.#askedMs = nowMs;
    for (const peer of this.#peers.values()) {
      if (lateMs > LATE_MS) peer.heardMs += lateMs;
      if (!peer.isSilent && nowMs - peer.heardMs > SILENT_MS) this.#giveUp(peer);
    }
  }

  #giveUp(peer: Peer): void {
    peer.isSilent = true;
    this.#parts.client.giveUp(peer.member.id);
    this.#parts.note(`Node ${peer.member.id} at ${peer.member.address} does not answer: it gets no work until it does.`);
  }

  /** Never rejects. */
  async #ask(peer: Peer): Promise<void> {
    const { client, ownLoad } = this.#parts;
    const askedMs = this.#clock.nowMs();
    try {
      const { status, body } = await client.send(peer.member, {
        path: "/load",
        body: JSON.stringify(ownLoad()),
        timeoutMs: SILENT_MS,
      });
      peer.answeredMs = Math.max(peer.answeredMs, askedMs);
      if (status === 200) this.#hear(peer.member.id, JSON.parse(body.toString()) as Load);
      else if (status === 503) peer.heardMs = this.#clock.nowMs(); // it is only starting
    } catch (error) {
      // The silence of a node is noticed, and the next question follows.
      if (error instanceof NodeLost && askedMs < peer.answeredMs) this.#overtaken(peer);
    }
  }

  /** The node answers, but not on that connection: what waits for it on others of its age would wait for ever. */
  #overtaken(peer: Peer): void {
    if (this.#peers.get(peer.member.id) !== peer) return;
    this.#parts.client.giveUp(peer.member.id);
    this.#parts.note(`Connections to node ${peer.member.id} at ${peer.member.address} were broken: new ones are made.`);
  }

  #hear(nodeId: string, load: Load): void {
    const peer = this.#peers.get(nodeId);
    if (peer === undefined) return;
    peer.load = load;
    peer.idle = new Map(Object.entries(load.idle));
    peer.heardMs = this.#clock.nowMs();
    if (peer.isSilent) this.#parts.note(`Node ${nodeId} answers again.`);
    peer.isSilent = false;
  }
}
