// Statements about chunks of log events: writing them with the groups and streams that they need, and reading them in the order of time.

import { proc, type Tx } from "../store/database.ts";
import type { EncodedChunk } from "./log-chunk.ts";
import type { LogGroupName } from "./log-segment.ts";

/** A chunk lies within one hour of its events' own time. */
export const HOUR_MS = 3_600_000;

/** What one batch adds to a stream. */
export interface StreamExtent {
  readonly name: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly ingestedMs: number;
}

export interface GroupBatch extends LogGroupName {
  readonly streams: readonly StreamExtent[];
  readonly chunks: readonly (EncodedChunk & { readonly settled: boolean })[];
}

/** Creates groups and streams that are missing. May be repeated: a chunk that is there already is left alone. */
export const insertChunks = proc("observe.log-chunks.insert", async (tx, args: { nowMs: number; batches: readonly GroupBatch[] }) => {
  for (const batch of args.batches) {
    const id = await ensureGroup(tx, batch, args.nowMs);
    for (const stream of batch.streams) await extendStream(tx, id, stream);
    let bytes = 0;
    for (const chunk of batch.chunks) bytes += await insertChunk(tx, id, chunk);
    await tx.query("UPDATE log_group SET stored_bytes = stored_bytes + $2 WHERE id = $1", [id, bytes]);
  }
});

async function ensureGroup(tx: Tx, { account, region, group }: LogGroupName, nowMs: number): Promise<number> {
  const name = [account, region, group];
  const find = () => tx.query<{ id: number }>("SELECT id FROM log_group WHERE account = $1 AND region = $2 AND name = $3", name);
  const [known] = await find();
  if (known !== undefined) return known.id;
  await tx.query(
    `INSERT INTO log_group (account, region, name, created_ms, class, retention_days, protected, tags, stored_bytes, epoch, deleted)
     VALUES ($1, $2, $3, $4, 'STANDARD', NULL, 0, '{}', 0, 0, 0) ON CONFLICT (account, region, name) DO NOTHING`,
    [...name, nowMs],
  );
  return (await find())[0]!.id;
}

async function extendStream(tx: Tx, groupId: number, stream: StreamExtent): Promise<void> {
  await tx.query(
    `INSERT INTO log_stream (group_id, name, created_ms, first_ms, last_ms, ingested_ms) VALUES ($1, $2, $5, $3, $4, $5)
     ON CONFLICT (group_id, name) DO UPDATE SET
       first_ms = CASE WHEN log_stream.first_ms <= excluded.first_ms THEN log_stream.first_ms ELSE excluded.first_ms END,
       last_ms = CASE WHEN log_stream.last_ms >= excluded.last_ms THEN log_stream.last_ms ELSE excluded.last_ms END,
       ingested_ms = excluded.ingested_ms`,
    [groupId, stream.name, stream.firstMs, stream.lastMs, stream.ingestedMs],
  );
}

/** The bytes that are new. */
async function insertChunk(tx: Tx, groupId: number, chunk: GroupBatch["chunks"][number]): Promise<number> {
  const inserted = await tx.query(
    `INSERT INTO log_chunk (group_id, first_seq, first_ms, last_ms, events, bytes, settled, data)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (group_id, first_seq) DO NOTHING RETURNING first_seq`,
    [groupId, chunk.firstSeq, chunk.firstMs, chunk.lastMs, chunk.events, chunk.bytes, chunk.settled ? 1 : 0, chunk.data],
  );
  return inserted.length === 0 ? 0 : chunk.bytes;
}

export interface ChunkRow {
  readonly first_seq: number;
  readonly first_ms: number;
  readonly last_ms: number;
  readonly data: Uint8Array;
}

/** A portion of a group's chunks in the order of time. */
export interface ChunkRange {
  readonly groupId: number;
  readonly direction: "forward" | "backward";
  /** Both inclusive, in the events' own time. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The last chunk of the portion before: its first_ms (forward) or last_ms (backward), and its first_seq. */
  readonly after?: { readonly ms: number; readonly seq: number };
  readonly limit: number;
}

export interface ChunkPortion {
  /** Changes when chunks were merged: portions of different epochs do not fit together. */
  readonly epoch: number;
  readonly hidden: readonly { readonly name: string; readonly until_seq: number }[];
  readonly chunks: readonly ChunkRow[];
}

export const readChunks = proc("observe.log-chunks.read", async (tx, range: ChunkRange): Promise<ChunkPortion> => {
  const [group] = await tx.query<{ epoch: number }>("SELECT epoch FROM log_group WHERE id = $1", [range.groupId]);
  const hidden = await tx.query<ChunkPortion["hidden"][number]>("SELECT name, until_seq FROM log_stream_hidden WHERE group_id = $1", [
    range.groupId,
  ]);
  const chunks = range.direction === "forward" ? await readForward(tx, range) : await readBackward(tx, range);
  return { epoch: group?.epoch ?? 0, hidden, chunks };
});

function readForward(tx: Tx, { groupId, fromMs, toMs, after, limit }: ChunkRange): Promise<ChunkRow[]> {
  const hour = Math.floor(fromMs / HOUR_MS) * HOUR_MS;
  return tx.query<ChunkRow>(
    `SELECT first_seq, first_ms, last_ms, data FROM log_chunk
     WHERE group_id = $1 AND first_ms >= $2 AND first_ms <= $3 AND last_ms >= $4 AND (first_ms > $5 OR first_seq > $6)
     ORDER BY first_ms, first_seq LIMIT $7`,
    [groupId, Math.max(hour, after?.ms ?? hour), toMs, fromMs, after?.ms ?? -1, after?.seq ?? -1, limit],
  );
}

function readBackward(tx: Tx, { groupId, fromMs, toMs, after, limit }: ChunkRange): Promise<ChunkRow[]> {
  const hourEnd = (Math.floor(toMs / HOUR_MS) + 1) * HOUR_MS;
  const far = Number.MAX_SAFE_INTEGER;
  return tx.query<ChunkRow>(
    `SELECT first_seq, first_ms, last_ms, data FROM log_chunk
     WHERE group_id = $1 AND last_ms >= $2 AND last_ms <= $3 AND first_ms <= $4 AND (last_ms < $5 OR first_seq < $6)
     ORDER BY last_ms DESC, first_seq DESC LIMIT $7`,
    [groupId, fromMs, Math.min(hourEnd, after?.ms ?? hourEnd), toMs, after?.ms ?? far, after?.seq ?? far, limit],
  );
}
