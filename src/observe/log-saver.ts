// Takes closed segments to the store: compresses them, commits many at once, and gives up on what the store will not take, so that a full
// disk costs log events and never the platform.
//
// Discipline: one batch is under way; segments that close meanwhile wait in the queue, in order. Whoever fills it is held back by the
// writer's limits (log-buffer.ts), which count the queue too.

import { type Database, StoreError } from "../store/database.ts";
import { encodeChunk } from "./log-chunk.ts";
import { type GroupBatch, insertChunks, type StreamExtent } from "./log-chunks.procs.ts";
import { type Columns, groupKey, ingestionMs, type LogGroupName, type Segment, splitByHour } from "./log-segment.ts";

const BATCH_SEGMENTS = 256;
const BATCH_SIZE = 4 * 1024 * 1024;
const RETRY_AFTER_MS = 1_000;
/** Chunks of at least this much text are worth no merging. */
export const SETTLED_BYTES = 128 * 1024;

export interface SaverOptions {
  /** Opened at the first batch. */
  readonly database: () => Promise<Database>;
  readonly nowMs: () => number;
  /** Bytes of a group have been committed, as AWS counts them. */
  readonly onStored: (group: LogGroupName, bytes: number) => void;
  /** A batch is committed or lost: its memory is free. */
  readonly onDone: (segments: readonly Segment[], error: unknown) => void;
}

export class LogSaver {
  readonly #options: SaverOptions;
  #queue: Segment[] = [];
  #underWay: readonly Segment[] = [];
  #working = false;
  /** The last batch was refused: the next one is tried once, without waiting, so that memory does not fill while the disk is full. */
  #failing = false;

  constructor(options: SaverOptions) {
    this.#options = options;
  }

  add(segment: Segment): void {
    this.#queue.push(segment);
    if (this.#working) return;
    this.#working = true;
    // A turn of the event loop: segments that close together are committed together.
    setImmediate(() => void this.#work());
  }

  /** Resolves when everything that was added so far is committed or lost. */
  async idle(): Promise<void> {
    const last = this.#queue.at(-1) ?? this.#underWay.at(-1);
    await last?.saved().catch(() => undefined);
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const segments = this.#take();
      this.#underWay = segments;
      const error = await this.#save(segments);
      this.#failing = error !== undefined;
      this.#options.onDone(segments, error);
      for (const segment of segments) segment.settle(error);
      this.#underWay = [];
    }
    this.#working = false;
  }

  #take(): Segment[] {
    let size = 0;
    const end = this.#queue.findIndex((segment, i) => {
      size += segment.size;
      return i > 0 && (i >= BATCH_SEGMENTS || size > BATCH_SIZE);
    });
    return this.#queue.splice(0, end < 0 ? this.#queue.length : end);
  }

  /** The error that remains, if any. */
  async #save(segments: readonly Segment[]): Promise<unknown> {
    try {
      const batches = await toBatches(segments);
      try {
        await this.#insert(batches);
      } catch (error) {
        if (this.#failing || !mayPass(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
        await this.#insert(batches);
      }
      for (const batch of batches) this.#options.onStored(batch, bytesOf(batch));
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async #insert(batches: readonly GroupBatch[]): Promise<void> {
    const database = await this.#options.database();
    await database.run(insertChunks, { nowMs: this.#options.nowMs(), batches });
  }
}

function bytesOf({ chunks }: GroupBatch): number {
  return chunks.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Inserting twice does no harm, so a batch whose outcome is unknown may be repeated too. */
function mayPass(error: unknown): boolean {
  return error instanceof StoreError && error.code !== "bug" && error.code !== "constraint";
}

async function toBatches(segments: readonly Segment[]): Promise<GroupBatch[]> {
  const batches = new Map<string, { batch: GroupBatch; chunks: GroupBatch["chunks"][number][]; streams: Map<string, StreamExtent> }>();
  for (const segment of segments) {
    const key = groupKey(segment.name);
    let entry = batches.get(key);
    if (entry === undefined) {
      const chunks: GroupBatch["chunks"][number][] = [];
      entry = { batch: { ...segment.name, streams: [], chunks }, chunks, streams: new Map() };
      batches.set(key, entry);
    }
    extendStreams(entry.streams, segment);
    for (const [, part] of splitByHour(segment, segment.name)) {
      const chunk = await encodeChunk(part);
      entry.chunks.push({ ...chunk, settled: chunk.bytes >= SETTLED_BYTES });
    }
  }
  return [...batches.values()].map(({ batch, streams }) => ({ ...batch, streams: [...streams.values()] }));
}

/** In plain columns of numbers: it runs over tens of thousands of events a second. */
function extendStreams(extents: Map<string, StreamExtent>, columns: Columns): void {
  const { streams, streamOf, timesMs, seqs } = columns;
  const firstMs = new Float64Array(streams.length).fill(Number.POSITIVE_INFINITY);
  const lastMs = new Float64Array(streams.length).fill(Number.NEGATIVE_INFINITY);
  const lastSeq = new Float64Array(streams.length);
  for (let i = 0; i < streamOf.length; i++) {
    const at = streamOf[i]!;
    const timeMs = timesMs[i]!;
    if (timeMs < firstMs[at]!) firstMs[at] = timeMs;
    if (timeMs > lastMs[at]!) lastMs[at] = timeMs;
    lastSeq[at] = seqs[i]!;
  }
  for (const [at, name] of streams.entries()) {
    const before = extents.get(name);
    extents.set(name, {
      name,
      firstMs: Math.min(firstMs[at]!, before?.firstMs ?? Number.POSITIVE_INFINITY),
      lastMs: Math.max(lastMs[at]!, before?.lastMs ?? Number.NEGATIVE_INFINITY),
      ingestedMs: ingestionMs(lastSeq[at]!),
    });
  }
}
