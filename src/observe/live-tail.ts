// One Live Tail session: the events that arrive from now on and match, once a second. Fed by the segments that the writer cuts.
// Memory is bounded by EVENTS_MAX: a reader slower than the events gets a sample, as on AWS.

import { setTimeout as sleep } from "node:timers/promises";
import type { FilterPattern } from "./filter-pattern/pattern.ts";
import type { LogBuffer } from "./log-buffer.ts";
import { groupKey, ingestionMs, type LogGroupName, messagesOf, type Segment } from "./log-segment.ts";

/** As on AWS. AWS: of more, these are the first ones of the second, not a random choice. */
const EVENTS_MAX = 500;
const UPDATE_EVERY_MS = 1_000;

export interface LiveTailFilter {
  readonly groups: readonly LogGroupName[];
  readonly ofStream: (name: string) => boolean;
  readonly pattern: FilterPattern;
}

export interface LiveTailEvent {
  readonly group: LogGroupName;
  readonly stream: string;
  readonly timestampMs: number;
  readonly ingestionMs: number;
  readonly message: string;
}

export interface LiveTailUpdate {
  /** More events matched than the update holds. */
  readonly isSampled: boolean;
  readonly events: readonly LiveTailEvent[];
}

/** Ends after `lastsMs`, when `signal` aborts, or when the reader stops. */
export async function* liveTail(
  buffer: LogBuffer,
  filter: LiveTailFilter,
  { lastsMs, signal }: { readonly lastsMs: number; readonly signal: AbortSignal },
): AsyncGenerator<LiveTailUpdate, void> {
  const gathered = new Gathered(filter);
  const endsAtMs = performance.now() + lastsMs;
  const end = buffer.tail((segment) => gathered.take(segment));
  try {
    while (!signal.aborted && performance.now() < endsAtMs) {
      await sleep(UPDATE_EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) yield gathered.flush();
    }
  } finally {
    end();
  }
}

class Gathered {
  readonly #filter: LiveTailFilter;
  readonly #groups: ReadonlySet<string>;
  #events: LiveTailEvent[] = [];
  #isSampled = false;

  constructor(filter: LiveTailFilter) {
    this.#filter = filter;
    this.#groups = new Set(filter.groups.map(groupKey));
  }

  take(segment: Segment): void {
    if (this.#isSampled || !this.#groups.has(groupKey(segment.name))) return;
    const wanted = segment.streams.map(this.#filter.ofStream);
    if (!wanted.includes(true)) return;
    let i = -1;
    for (const message of messagesOf(segment)) {
      i++;
      if (!wanted[segment.streamOf[i]!] || !this.#filter.pattern.matches(message)) continue;
      this.#isSampled = this.#events.length >= EVENTS_MAX;
      if (this.#isSampled) return;
      this.#events.push(eventOf(segment, i, message));
    }
  }

  flush(): LiveTailUpdate {
    const update = { isSampled: this.#isSampled, events: this.#events };
    this.#events = [];
    this.#isSampled = false;
    return update;
  }
}

function eventOf(segment: Segment, i: number, message: string): LiveTailEvent {
  return {
    group: segment.name,
    stream: segment.streams[segment.streamOf[i]!]!,
    timestampMs: segment.timesMs[i]!,
    ingestionMs: ingestionMs(segment.seqs[i]!),
    message,
  };
}
