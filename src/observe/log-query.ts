// Reads events of one group in the order of time, a page at a time: the chunks of the time range one after the other, each decompressed in
// the thread pool and looked through in small steps, so that a search through gigabytes never holds the event loop.
//
// Chunks overlap in time, so an event belongs to the page only when no later chunk can hold an earlier one: `Page` keeps the best candidates
// and tells when the rest of the chunks cannot matter. A search that finds little ends after SCAN_CHUNKS with a partial page, as AWS's does.

import { setImmediate as turn } from "node:timers/promises";
import type { Database } from "../store/database.ts";
import type { FilterPattern } from "./filter-pattern/pattern.ts";
import { type DecodedChunk, decodeChunk } from "./log-chunk.ts";
import { type ChunkPortion, type ChunkRow, readChunks } from "./log-chunks.procs.ts";
import { type Candidate, LogPage, type Position } from "./log-page.ts";

export interface EventQuery {
  readonly groupId: number;
  readonly direction: "forward" | "backward";
  /** Both inclusive, milliseconds since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Only events behind it, in the query's direction. */
  readonly after?: Position | undefined;
  readonly ofStream?: ((name: string) => boolean) | undefined;
  readonly pattern?: FilterPattern | undefined;
  readonly limit: number;
}

export interface PageOfEvents {
  /** In ascending order, whatever the direction. */
  readonly events: readonly Candidate[];
  /** Where the next page goes on; undefined when nothing is left. */
  readonly next: Position | undefined;
}

const PORTION_CHUNKS = 8;
const SCAN_CHUNKS = 512;
const STEP_EVENTS = 128;
const STEP_MS = 1;
const TRIES = 20;

/** Throws StoreError. */
export async function readEvents(database: Database, query: EventQuery): Promise<PageOfEvents> {
  for (let left = TRIES; left > 0; left--) {
    const page = await tryRead(database, query);
    if (page !== "moved") return page;
  }
  throw new Error("the log group's chunks were merged again and again while they were read");
}

/** "moved": chunks were merged between two portions, so that one may have been missed, and nothing is certain yet. */
async function tryRead(database: Database, query: EventQuery): Promise<PageOfEvents | "moved"> {
  const page = new LogPage(query.direction, query.limit);
  const range = narrowed(query);
  let after: { ms: number; seq: number } | undefined;
  let epoch: number | undefined;
  for (let scanned = 0; ; ) {
    const portion = await database.read(readChunks, { ...range, ...(after === undefined ? {} : { after }), limit: PORTION_CHUNKS });
    if (epoch !== undefined && portion.epoch !== epoch) {
      // Whatever lies before the last chunk was read in one epoch: that much is certain.
      return after !== undefined && mayStopAt(query, after.ms) ? page.cutAt(after.ms) : "moved";
    }
    epoch = portion.epoch;
    for (const chunk of portion.chunks) {
      const edgeMs = edgeOf(query, chunk);
      if (page.isSettledBefore(edgeMs)) return page.result(true);
      if (scanned >= SCAN_CHUNKS && mayStopAt(query, edgeMs)) return page.cutAt(edgeMs);
      await collect(chunk, portion, query, page);
      scanned++;
      after = { ms: edgeMs, seq: chunk.first_seq };
    }
    if (portion.chunks.length < PORTION_CHUNKS) return page.result(false);
  }
}

/** What lies on the wrong side of `after` need not be read at all. */
function narrowed({ groupId, direction, fromMs, toMs, after }: EventQuery) {
  if (after === undefined) return { groupId, direction, fromMs, toMs };
  return direction === "forward"
    ? { groupId, direction, fromMs: Math.max(fromMs, after.ms), toMs }
    : { groupId, direction, fromMs, toMs: Math.min(toMs, after.ms) };
}

/** The time at which the chunk begins, seen in the query's direction. */
function edgeOf({ direction }: EventQuery, chunk: ChunkRow): number {
  return direction === "forward" ? chunk.first_ms : chunk.last_ms;
}

/** A partial page must get the caller further than the token it came with. */
function mayStopAt({ direction, after, fromMs, toMs }: EventQuery, edgeMs: number): boolean {
  return direction === "forward" ? edgeMs > Math.max(fromMs, after?.ms ?? 0) : edgeMs < Math.min(toMs, after?.ms ?? toMs);
}

async function collect(row: ChunkRow, { hidden }: ChunkPortion, query: EventQuery, page: LogPage): Promise<void> {
  const chunk = await decodeChunk(row.data);
  const requires = query.pattern?.requires;
  if (requires !== undefined && !chunk.text.includes(requires)) return;
  const visible = chunk.streams.map((name) => ((query.ofStream?.(name) ?? true) ? untilSeqOf(name, hidden) : Number.POSITIVE_INFINITY));
  let begunMs = performance.now();
  for (let i = 0; i < chunk.events; i++) {
    if (i % STEP_EVENTS === 0 && performance.now() - begunMs > STEP_MS) {
      await turn();
      begunMs = performance.now();
    }
    const seq = chunk.seqs[i]!;
    if (seq > visible[chunk.streamOf[i]!]! && isAsked(query, chunk.timesMs[i]!, seq)) take(chunk, i, query, page);
  }
  page.trim();
}

/** Events of the stream up to this seq are not to be seen. */
function untilSeqOf(name: string, hidden: ChunkPortion["hidden"]): number {
  return hidden.find((stream) => stream.name === name)?.until_seq ?? -1;
}

function isAsked({ direction, fromMs, toMs, after }: EventQuery, ms: number, seq: number): boolean {
  if (ms < fromMs || ms > toMs) return false;
  if (after === undefined) return true;
  const order = ms - after.ms || seq - after.seq;
  return direction === "forward" ? order > 0 : order < 0;
}

function take(chunk: DecodedChunk, i: number, { pattern }: EventQuery, page: LogPage): void {
  const position = { ms: chunk.timesMs[i]!, seq: chunk.seqs[i]! };
  if (!page.wants(position)) return;
  const message = chunk.message(i);
  if (pattern === undefined || pattern.matches(message)) {
    page.add({ ...position, stream: chunk.streams[chunk.streamOf[i]!]!, message });
  }
}
