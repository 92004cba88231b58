// Log events of one group in columns, while they gather in memory: a write appends to them and leaves nothing else behind.
//
// Every event has a `seq`, ascending in the order of arrival: the millisecond of arrival times 2,048, or one more than the seq before it.
// So the time of ingestion is read from it, and (timestamp, seq) orders the events of a group. No two events share one, of several nodes
// neither: each of them takes only those that leave its own rest when divided by SEQ_SLOTS.

import { GrowingText } from "./growing-text.ts";
import { HOUR_MS } from "./log-chunks.procs.ts";

/** What a message costs in memory and in the limits besides its text. */
export const EVENT_OVERHEAD = 40;

/** Leaves room until the year 2109 below 2^53, and for two million events a second. */
export const SEQS_PER_MS = 2_048;

/**
 * So many nodes may write at once, each 16,000 events a second before its seqs run ahead of the time. Those that went within the last minute
 * count: a cluster of half as many can be replaced at once.
 */
export const SEQ_SLOTS = 128;

/** The first seq from `floor` on that is the slot's. */
export function seqOfSlot(floor: number, slot: number): number {
  return floor + ((slot - (floor % SEQ_SLOTS) + SEQ_SLOTS) % SEQ_SLOTS);
}

/** Milliseconds since 1970 at which the event arrived. */
export function ingestionMs(seq: number): number {
  return Math.floor(seq / SEQS_PER_MS);
}

export interface LogGroupName {
  readonly account: string;
  readonly region: string;
  readonly group: string;
}

export function groupKey({ account, region, group }: LogGroupName): string {
  return `${account}/${region}/${group}`;
}

/** Events side by side: the i-th has `streams[streamOf[i]]`, `timesMs[i]`, `seqs[i]` and `lengths[i]` UTF-16 units of the text. */
export interface Columns {
  readonly streams: readonly string[];
  readonly streamOf: ArrayLike<number>;
  readonly timesMs: ArrayLike<number>;
  readonly seqs: ArrayLike<number>;
  readonly lengths: ArrayLike<number>;
  /** All messages end to end, in UTF-8. */
  readonly text: Buffer;
}

/** The messages one after the other: decoded for those who look into them, which the store does not. */
export function* messagesOf({ lengths, text }: Pick<Columns, "lengths" | "text">): Generator<string> {
  const all = text.toString("utf8");
  for (let i = 0, at = 0; i < lengths.length; i++) {
    yield all.slice(at, at + lengths[i]!);
    at += lengths[i]!;
  }
}

export class Segment implements Columns {
  readonly name: LogGroupName;
  readonly streams: string[] = [];
  readonly streamOf: number[] = [];
  readonly timesMs: number[] = [];
  readonly seqs: number[] = [];
  readonly lengths: number[] = [];
  /** UTF-16 units of text, and EVENT_OVERHEAD per event. */
  size = 0;
  /** Nothing more may be added: it is on its way to the store. */
  closed = false;
  readonly #streamIndex = new Map<string, number>();
  readonly #text = new GrowingText();
  #saved: PromiseWithResolvers<void> | undefined;

  constructor(name: LogGroupName) {
    this.name = name;
  }

  get text(): Buffer {
    return this.#text.bytes;
  }

  streamIndex(stream: string): number {
    const known = this.#streamIndex.get(stream);
    if (known !== undefined) return known;
    const index = this.streams.push(stream) - 1;
    this.#streamIndex.set(stream, index);
    return index;
  }

  add(streamIndex: number, timeMs: number, seq: number, message: string): void {
    this.streamOf.push(streamIndex);
    this.timesMs.push(timeMs);
    this.seqs.push(seq);
    this.lengths.push(message.length);
    this.#text.add(message);
    this.size += message.length + EVENT_OVERHEAD;
  }

  /** Resolves when the events are committed, rejects when they are lost. */
  saved(): Promise<void> {
    this.#saved ??= Promise.withResolvers();
    return this.#saved.promise;
  }

  settle(error?: unknown): void {
    if (error === undefined) this.#saved?.resolve();
    else this.#saved?.reject(error);
  }
}

/** One segment per hour of the events' own time, since a chunk must not cross an hour. */
export function splitByHour(columns: Columns, name: LogGroupName): readonly (readonly [hourMs: number, part: Columns])[] {
  const hourOf = (i: number) => Math.floor(columns.timesMs[i]! / HOUR_MS) * HOUR_MS;
  const first = hourOf(0);
  let same = true;
  for (let i = 1; i < columns.lengths.length && same; i++) same = hourOf(i) === first;
  if (same) return [[first, columns]];

  const parts = new Map<number, Segment>();
  let i = 0;
  for (const message of messagesOf(columns)) {
    const hour = hourOf(i);
    const part = parts.get(hour) ?? new Segment(name);
    parts.set(hour, part);
    part.add(part.streamIndex(columns.streams[columns.streamOf[i]!]!), columns.timesMs[i]!, columns.seqs[i]!, message);
    i++;
  }
  return [...parts];
}
