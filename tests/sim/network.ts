// What lies between two: a way that delays, reorders and loses what is sent, or is cut for a while. And a node's way of asking other nodes, with
// the errors of node-client.ts.

import type { OpenAnswer } from "../../src/cluster/node-client.ts";
import { type NodeAnswer, NodeLost, type NodePlace, type NodeRequest, NotReached } from "../../src/cluster/node-client.ts";
import type { DoorAnswer, DoorRequest } from "../../src/cluster/node-door.ts";
import type { Process, World } from "./world.ts";

/** How bad a network is. */
export interface Weather {
  lost: number;
  slow: number;
  readonly slowMsMax: number;
}

export interface Parcel {
  /** While the way is cut it is sent again and again, as TCP does, until then. */
  readonly givenUpMs: number;
  readonly arrived: () => void;
  readonly lost: () => void;
  /** Who hears of it; absent: it arrives whoever lives. */
  readonly process?: Process;
  /** Must still run for what is sent again to count; absent: nobody need. */
  readonly sender?: Process;
}

const RESEND_MS = 100;

export class Way {
  readonly #world: World;
  readonly #weather: Weather;
  #cutUntilMs = 0;
  #cutSinceMs = 0;

  constructor(world: World, weather: Weather) {
    this.#world = world;
    this.#weather = weather;
  }

  get isCut(): boolean {
    return this.#world.nowMs < this.#cutUntilMs;
  }

  /** Since when nothing comes through; undefined: it is open. */
  get outSinceMs(): number | undefined {
    return this.isCut ? this.#cutSinceMs : undefined;
  }

  cut(ms: number): void {
    if (!this.isCut) this.#cutSinceMs = this.#world.nowMs;
    this.#cutUntilMs = Math.max(this.#cutUntilMs, this.#world.nowMs + ms);
  }

  heal(): void {
    this.#cutUntilMs = 0;
  }

  /** Each on its own: what was sent later may come first. */
  carry(parcel: Parcel): void {
    const { chance } = this.#world;
    const { lost, slow, slowMsMax } = this.#weather;
    const delayMs = chance.happens(slow) ? chance.between(2, slowMsMax) : chance.between(0.05, 2);
    if (chance.happens(lost)) parcel.lost();
    else this.#world.after(delayMs, () => this.#arrive(parcel));
  }

  #arrive(parcel: Parcel): void {
    const { givenUpMs, arrived, lost, process } = parcel;
    if (!this.isCut) this.#world.tell(arrived, process);
    else if (parcel.sender?.isDead) return;
    else if (this.#world.nowMs + RESEND_MS > givenUpMs) lost();
    else this.#world.after(RESEND_MS, () => this.#arrive(parcel), parcel.sender);
  }
}

/** Whom a node may ask. */
export interface Station {
  readonly process: Process;
  answer(path: string, request: DoorRequest): Promise<DoorAnswer>;
}

export interface ClientParts {
  readonly world: World;
  readonly nodeId: string;
  readonly process: Process;
  stationOf(nodeId: string): Station | undefined;
  wayTo(nodeId: string): Way;
  readonly onAsk: (to: string, path: string) => void;
}

/** In the place of NodeClient: the answers of others, or the errors that tell what became of the question. */
export class SimulatedClient {
  readonly #parts: ClientParts;
  readonly #waiting = new Map<string, Set<(error: Error) => void>>();

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  async send(to: NodePlace, request: NodeRequest): Promise<NodeAnswer> {
    const answer = await this.open(to, request);
    return { ...answer, body: await this.whole(to, answer) };
  }

  async open(to: NodePlace, request: NodeRequest): Promise<OpenAnswer> {
    const { status, head = "", body } = await this.#exchange(to, request);
    return { status, head, body: Buffer.from(body as string | Uint8Array) as unknown as OpenAnswer["body"] };
  }

  async whole(_to: NodePlace, { body }: OpenAnswer): Promise<Buffer> {
    return body as unknown as Buffer;
  }

  giveUp(nodeId: string): void {
    const waiting = this.#waiting.get(nodeId);
    this.#waiting.delete(nodeId);
    for (const fail of waiting ?? []) fail(new NodeLost(`node ${nodeId} was given up`));
  }

  #exchange({ id }: NodePlace, { path, head = "", body, timeoutMs = 60_000 }: NodeRequest): Promise<DoorAnswer> {
    const { world, nodeId, process, stationOf, wayTo, onAsk } = this.#parts;
    const { promise, resolve, reject } = Promise.withResolvers<DoorAnswer>();
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(reject));
    const [way, station] = [wayTo(id), stationOf(id)];
    const broken = (error: Error) => () => world.after(world.chance.between(0, 50), () => reject(error), process);
    const request = { from: nodeId, head, body: Buffer.from(body), signal: NEVER };
    onAsk(id, path);
    const act = () => {
      if (station === undefined || station.process.isDead) return broken(new NotReached(`node ${id} has gone`))();
      world.tell(() => void station.answer(path, request).then(answer), station.process);
    };
    const answer = (given: DoorAnswer) =>
      way.carry({
        givenUpMs: Number.POSITIVE_INFINITY,
        arrived: () => resolve(given),
        lost: broken(new NodeLost(`node ${id} was lost`)),
        process,
        ...(station !== undefined && { sender: station.process }),
      });
    way.carry({
      givenUpMs: Number.POSITIVE_INFINITY,
      arrived: act,
      lost: broken(new NotReached(`node ${id} cannot be reached`)),
      sender: process,
    });
    const cancel = world.after(timeoutMs, () => reject(new NodeLost(`node ${id} was silent`)), process);
    return promise.finally(() => {
      cancel();
      waiting.delete(reject);
    });
  }
}

const NEVER = new AbortController().signal;
