// Keeps logs.db small: merges the many little chunks of an hour that is over, deletes what retention no longer keeps, and what is left of
// deleted groups. One pass at a time, every five minutes by the platform's clock, in portions with pauses between them.

import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../lib/clock.ts";
import type { Database } from "../store/database.ts";
import { type DecodedChunk, decodeChunk, type EncodedChunk, encodeChunk } from "./log-chunk.ts";
import { HOUR_MS } from "./log-chunks.procs.ts";
import { type LogGroupName, Segment } from "./log-segment.ts";
import { expireChunks, type MergeInput, readMergeable, replaceChunks, sweepDeletedGroups } from "./log-upkeep.procs.ts";

const EVERY_MS = 5 * 60_000;
const PORTION_CHUNKS = 200;
const MERGED_SIZE = 256 * 1024;
/** Events of an hour that is just over may still be on their way. */
const MERGE_GRACE_MS = 60_000;

export interface UpkeepOptions {
  readonly clock: Clock;
  readonly database: () => Promise<Database>;
  readonly onError: (error: unknown) => void;
  /** Called at the end of each pass. */
  readonly onPass?: (database: Database) => Promise<void>;
  /** False: passes only when they are asked for. */
  readonly isScheduled?: boolean;
}

export interface LogUpkeep {
  /** One pass now; tests and the deletion of a group ask for it. Passes never overlap. */
  pass(): Promise<void>;
  /** Ends it and waits for the pass under way. */
  close(): Promise<void>;
}

export function startLogUpkeep(options: UpkeepOptions): LogUpkeep {
  let cancel = () => {};
  let closed = false;
  let last: Promise<void> = Promise.resolve();
  const pass = () => {
    last = last.then(() => (closed ? undefined : keepUp(options, () => closed))).catch(options.onError);
    return last;
  };
  const schedule = () => {
    cancel = options.clock.at(options.clock.nowMs() + EVERY_MS, () => {
      void pass();
      schedule();
    });
  };
  if (options.isScheduled !== false) schedule();
  return {
    pass,
    async close() {
      closed = true;
      cancel();
      await last;
    },
  };
}

async function keepUp({ clock, database, onPass }: UpkeepOptions, mustStop: () => boolean): Promise<void> {
  const db = await database();
  const nowMs = clock.nowMs();
  const until = async (step: () => Promise<boolean>) => {
    while (!mustStop() && (await step())) await turn();
  };
  await until(() => db.run(sweepDeletedGroups, { limit: PORTION_CHUNKS }));
  await until(async () => (await db.run(expireChunks, { nowMs, limit: PORTION_CHUNKS })) === PORTION_CHUNKS);
  const beforeMs = Math.floor((nowMs - MERGE_GRACE_MS) / HOUR_MS) * HOUR_MS;
  await until(() => mergeSome(db, beforeMs));
  if (!mustStop()) await onPass?.(db);
}

/** False when nothing is left to merge, or when others changed it meanwhile: the next pass goes on. */
async function mergeSome(db: Database, beforeMs: number): Promise<boolean> {
  const input = await db.read(readMergeable, { beforeMs, limit: PORTION_CHUNKS, limitBytes: MERGED_SIZE });
  if (input === undefined) return false;
  const chunks = await merged(input);
  const outcome = await db.run(replaceChunks, { groupId: input.groupId, olds: input.chunks.map((chunk) => chunk.first_seq), chunks });
  return outcome === "replaced";
}

const NOBODY: LogGroupName = { account: "", region: "", group: "" };

/** The visible events of several chunks, in as few chunks as their size allows. */
async function merged({ chunks, hidden }: MergeInput): Promise<EncodedChunk[]> {
  const untilSeq = new Map(hidden.map(({ name, until_seq }) => [name, until_seq]));
  const segments: Segment[] = [];
  let segment = new Segment(NOBODY);
  for (const row of chunks) {
    const chunk = await decodeChunk(row.data);
    await turn();
    copyVisible(chunk, untilSeq, segment);
    if (segment.size < MERGED_SIZE) continue;
    segments.push(segment);
    segment = new Segment(NOBODY);
  }
  if (segment.lengths.length > 0) segments.push(segment);
  const encoded: EncodedChunk[] = [];
  for (const one of segments) encoded.push(await encodeChunk(one));
  return encoded;
}

function copyVisible(chunk: DecodedChunk, untilSeq: ReadonlyMap<string, number>, into: Segment): void {
  for (let i = 0; i < chunk.events; i++) {
    const stream = chunk.streams[chunk.streamOf[i]!]!;
    const seq = chunk.seqs[i]!;
    if (seq > (untilSeq.get(stream) ?? -1)) into.add(into.streamIndex(stream), chunk.timesMs[i]!, seq, chunk.message(i));
  }
}
