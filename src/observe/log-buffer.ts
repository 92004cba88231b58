// The log writer: gathers events per group in memory and hands each second of them, or each 256 KiB, to the saver.
// On the path of every invocation, hence: a write looks one object up, appends to arrays, and does nothing else.
//
//   write ─▶ open segment of the group ──(256 KiB, 1 s, or somebody reads)──▶ saver ─▶ logs.db
//                                                └──▶ live tails
//
// Memory is bounded: above `pressureSize` producers are asked to pause, above `dropSize` events are dropped and counted.

import type { Clock } from "../lib/clock.ts";
import type { Database } from "../store/database.ts";
import { LogSaver } from "./log-saver.ts";
import { EVENT_OVERHEAD, groupKey, type LogGroupName, SEQS_PER_MS, Segment, seqOfSlot } from "./log-segment.ts";
import type { LogStreamName, LogWriter } from "./log-writer.ts";

const CUT_SIZE = 256 * 1024;
const CUT_AFTER_MS = 1_000;
const PRESSURE_SIZE = 32 * 1024 * 1024;
const DROP_SIZE = 64 * 1024 * 1024;
/** AWS's largest event, less its 26 bytes. A longer message becomes several events, as Lambda does it. */
const MESSAGE_LENGTH_MAX = 1_048_576 - 26;
const REPORT_EVERY_MS = 10_000;

export interface LogBufferOptions {
  readonly clock: Clock;
  /** logs.db, opened when the first event is saved. */
  readonly database: () => Promise<Database>;
  /** A sentence for the operator: events were lost. */
  readonly report: (sentence: string) => void;
  /** Of this node among those that write to the same store, below SEQ_SLOTS. Absent: it is alone. */
  readonly slot?: () => number;
  /** Has the other nodes do what settleHere() does. Never rejects. */
  readonly settleOthers?: (group: LogGroupName | undefined) => Promise<void>;
  readonly pressureSize?: number;
  readonly dropSize?: number;
}

/** One event of PutLogEvents. */
export interface PutEvent {
  readonly timestampMs: number;
  readonly message: string;
}

interface Place {
  readonly segment: Segment;
  readonly stream: number;
}

export class LogBuffer implements LogWriter {
  readonly #options: LogBufferOptions;
  readonly #saver: LogSaver;
  readonly #pressureSize: number;
  readonly #dropSize: number;
  readonly #open = new Map<string, Segment>();
  /** Where the writer of a stream stands: callers keep one LogStreamName per environment. */
  #places = new WeakMap<LogStreamName, Place>();
  readonly #tails = new Set<(segment: Segment) => void>();
  #waiting: (() => void)[] = [];
  #onStored: (group: LogGroupName, bytes: number) => void = () => {};
  #size = 0;
  #lastSeq = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #dropped = { events: 0, size: 0 };
  #reported = { events: 0, atMs: Number.NEGATIVE_INFINITY };

  constructor(options: LogBufferOptions) {
    this.#options = options;
    this.#pressureSize = options.pressureSize ?? PRESSURE_SIZE;
    this.#dropSize = options.dropSize ?? DROP_SIZE;
    this.#saver = new LogSaver({
      database: options.database,
      nowMs: () => options.clock.nowMs(),
      onStored: (group, bytes) => this.#onStored(group, bytes),
      onDone: (segments, error) => this.#release(segments, error),
    });
  }

  /** From now on, told of what a group has taken in, as AWS counts its bytes; there is one listener. */
  countBytes(listener: (group: LogGroupName, bytes: number) => void): void {
    this.#onStored = listener;
  }

  /** Events lost since the start, and their size in memory. */
  get dropped(): { readonly events: number; readonly size: number } {
    return this.#dropped;
  }

  write(to: LogStreamName, timestampMs: number, message: string): void {
    this.#append(to, timestampMs, message + (to.lineEnd ?? "\n"));
  }

  /** Resolves when the events are committed. Throws StoreError, or Error when the buffer is full. */
  async put(to: LogStreamName, events: readonly PutEvent[]): Promise<void> {
    if (this.pressure() || this.#closed) throw new Error("the log buffer is full");
    const touched = new Set<Segment>();
    for (const { timestampMs, message } of events) {
      let place = this.#places.get(to);
      if (place === undefined || place.segment.closed) place = this.#placeFor(to);
      touched.add(place.segment);
      this.#append(to, timestampMs, message);
    }
    const saved = [...touched].map((segment) => segment.saved());
    // Not at once: puts that arrive together share a chunk and a commit.
    setImmediate(() => {
      for (const segment of touched) this.#cut(segment);
    });
    await Promise.all(saved);
  }

  pressure(): boolean {
    return this.#size > this.#pressureSize;
  }

  /** Calls back once: at relief, or soon when there is no pressure. */
  onRelief(call: () => void): void {
    if (this.pressure()) this.#waiting.push(call);
    else queueMicrotask(call);
  }

  /** Resolves when what was written until now, to one group or to all, is committed or lost: what is read from the store then is complete. */
  async settle(group?: LogGroupName): Promise<void> {
    await Promise.all([this.settleHere(group), this.#options.settleOthers?.(group)]);
  }

  /** The same for what was written on this node. */
  async settleHere(group?: LogGroupName): Promise<void> {
    if (group === undefined) for (const segment of [...this.#open.values()]) this.#cut(segment);
    else this.#cut(this.#open.get(groupKey(group)));
    await this.#saver.idle();
  }

  /** `listener` gets every segment as it is cut, about once a second and group; the returned function ends that. */
  tail(listener: (segment: Segment) => void): () => void {
    this.#tails.add(listener);
    return () => this.#tails.delete(listener);
  }

  /** Saves what is there; what is written later is dropped. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.settleHere();
    this.#report("", true);
  }

  /** A seq behind those of all events so far and before those to come. */
  nextSeq(): number {
    const { clock, slot } = this.#options;
    const now = clock.nowMs() * SEQS_PER_MS;
    const floor = now > this.#lastSeq ? now : this.#lastSeq + 1;
    this.#lastSeq = slot === undefined ? floor : seqOfSlot(floor, slot());
    return this.#lastSeq;
  }

  #append(to: LogStreamName, timestampMs: number, message: string): void {
    if (message.length > MESSAGE_LENGTH_MAX) {
      this.#appendInPieces(to, timestampMs, message);
      return;
    }
    if (this.#size > this.#dropSize || this.#closed) {
      this.#drop(
        1,
        message.length + EVENT_OVERHEAD,
        this.#closed ? "the log writer is closed" : "they come faster than they can be stored",
      );
      return;
    }
    let place = this.#places.get(to);
    if (place === undefined || place.segment.closed) place = this.#placeFor(to);
    const { segment } = place;
    segment.add(place.stream, timestampMs, this.nextSeq(), message);
    this.#size += message.length + EVENT_OVERHEAD;
    if (segment.size >= CUT_SIZE) this.#cut(segment);
  }

  #placeFor(to: LogStreamName): Place {
    const key = groupKey(to);
    let segment = this.#open.get(key);
    if (segment === undefined) {
      segment = new Segment({ account: to.account, region: to.region, group: to.group });
      this.#open.set(key, segment);
      this.#timer ??= setTimeout(() => this.#cutAll(), CUT_AFTER_MS).unref();
    }
    const place = { segment, stream: segment.streamIndex(to.stream) };
    this.#places.set(to, place);
    return place;
  }

  #appendInPieces(to: LogStreamName, timestampMs: number, message: string): void {
    for (let at = 0; at < message.length; at += MESSAGE_LENGTH_MAX)
      this.#append(to, timestampMs, message.slice(at, at + MESSAGE_LENGTH_MAX));
  }

  #cutAll(): void {
    this.#timer = undefined;
    for (const segment of [...this.#open.values()]) this.#cut(segment);
  }

  #cut(segment: Segment | undefined): void {
    if (segment === undefined || segment.closed) return;
    segment.closed = true;
    this.#open.delete(groupKey(segment.name));
    if (segment.lengths.length === 0) {
      segment.settle();
      return;
    }
    for (const listener of this.#tails) listener(segment);
    this.#saver.add(segment);
  }

  #release(segments: readonly Segment[], error: unknown): void {
    for (const segment of segments) {
      this.#size -= segment.size;
      if (error !== undefined) this.#drop(segment.lengths.length, segment.size, reasonOf(error));
    }
    if (this.#size > this.#pressureSize / 2) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) call();
  }

  #drop(events: number, size: number, reason: string): void {
    this.#dropped = { events: this.#dropped.events + events, size: this.#dropped.size + size };
    this.#report(reason, false);
  }

  /** At most one sentence in ten seconds, with all that was lost since the last one. */
  #report(reason: string, last: boolean): void {
    const events = this.#dropped.events - this.#reported.events;
    const nowMs = this.#options.clock.nowMs();
    if (events === 0 || (!last && nowMs - this.#reported.atMs < REPORT_EVERY_MS)) return;
    this.#reported = { events: this.#dropped.events, atMs: nowMs };
    this.#options.report(`${events} log ${events === 1 ? "event was" : "events were"} dropped${reason === "" ? "" : `: ${reason}`}`);
  }
}

function reasonOf(error: unknown): string {
  return `they cannot be stored (${error instanceof Error ? error.message : String(error)})`;
}
