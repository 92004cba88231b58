// Statements of the upkeep of logs.db: small portions, so that no transaction holds the writer back.

import { proc, type Row, type Tx } from "../store/database.ts";
import type { EncodedChunk } from "./log-chunk.ts";
import { type ChunkPortion, type ChunkRow, HOUR_MS } from "./log-chunks.procs.ts";

const DAY_MS = 86_400_000;

/** Deletes up to `limit` chunks whose group's retention is over; the number deleted. */
export const expireChunks = proc(
  "observe.log-upkeep.expire",
  async (tx, { nowMs, limit }: { readonly nowMs: number; readonly limit: number }): Promise<number> => {
    const groups = await tx.query<{ id: number; retention_days: number }>(
      "SELECT id, retention_days FROM log_group WHERE retention_days IS NOT NULL AND deleted = 0",
    );
    let left = limit;
    for (const group of groups) {
      if (left === 0) break;
      left -= await deleteChunks(tx, group.id, nowMs - group.retention_days * DAY_MS, left);
    }
    return limit - left;
  },
);

async function deleteChunks(tx: Tx, groupId: number, beforeMs: number, limit: number): Promise<number> {
  const gone = await tx.query<{ bytes: number }>(
    `DELETE FROM log_chunk WHERE group_id = $1 AND first_seq IN
       (SELECT first_seq FROM log_chunk WHERE group_id = $1 AND last_ms < $2 ORDER BY last_ms LIMIT $3) RETURNING bytes`,
    [groupId, beforeMs, limit],
  );
  const bytes = gone.reduce((sum, row) => sum + row.bytes, 0);
  if (bytes > 0) await tx.query("UPDATE log_group SET stored_bytes = stored_bytes - $2 WHERE id = $1", [groupId, bytes]);
  return gone.length;
}

/** Removes up to `limit` chunks of deleted groups, and the groups when nothing is left of them; false when there was nothing to do. */
export const sweepDeletedGroups = proc("observe.log-upkeep.sweep", async (tx, { limit }: { readonly limit: number }): Promise<boolean> => {
  const [group] = await tx.query<{ id: number }>("SELECT id FROM log_group WHERE deleted = 1 LIMIT 1");
  if (group === undefined) return false;
  const gone = await deleteChunks(tx, group.id, Number.MAX_SAFE_INTEGER, limit);
  if (gone === limit) return true;
  await tx.query("DELETE FROM log_stream WHERE group_id = $1", [group.id]);
  await tx.query("DELETE FROM log_stream_hidden WHERE group_id = $1", [group.id]);
  await tx.query("DELETE FROM log_group WHERE id = $1", [group.id]);
  return true;
});

/** Of every group that is not deleted, the bytes that its chunks take in the store. */
export const readKeptBytes = proc("observe.log-upkeep.kept-bytes", (tx, _: null) =>
  tx.query<{ readonly account: string; readonly region: string; readonly group: string; readonly bytes: number }>(
    `SELECT g.account, g.region, g.name AS "group", kept.bytes FROM log_group g
     JOIN (SELECT group_id, CAST(sum(length(data)) AS bigint) AS bytes FROM log_chunk GROUP BY group_id) kept ON kept.group_id = g.id
     WHERE g.deleted = 0 ORDER BY g.id`,
  ),
);

export interface MergeInput extends Pick<ChunkPortion, "hidden"> {
  readonly groupId: number;
  readonly chunks: readonly (ChunkRow & { readonly bytes: number })[];
}

/** Small chunks of one group and one elapsed hour, in the order of arrival, `limitBytes` of text at most but two chunks at least. */
export const readMergeable = proc(
  "observe.log-upkeep.mergeable",
  async (
    tx,
    { beforeMs, limit, limitBytes }: { readonly beforeMs: number; readonly limit: number; readonly limitBytes: number },
  ): Promise<MergeInput | undefined> => {
    const [oldest] = await tx.query<{ group_id: number; first_ms: number }>(
      "SELECT group_id, first_ms FROM log_chunk WHERE settled = 0 AND first_ms < $1 ORDER BY first_ms, group_id LIMIT 1",
      [beforeMs],
    );
    if (oldest === undefined) return undefined;
    const hour = Math.floor(oldest.first_ms / HOUR_MS) * HOUR_MS;
    const rows = await tx.query<Row & ChunkRow & { bytes: number }>(
      `SELECT first_seq, first_ms, last_ms, bytes, data FROM log_chunk
       WHERE settled = 0 AND group_id = $1 AND first_ms >= $2 AND first_ms < $3 ORDER BY first_ms, first_seq LIMIT $4`,
      [oldest.group_id, hour, hour + HOUR_MS, limit],
    );
    const hidden = await tx.query<MergeInput["hidden"][number]>("SELECT name, until_seq FROM log_stream_hidden WHERE group_id = $1", [
      oldest.group_id,
    ]);
    let bytes = 0;
    const end = rows.findIndex((row, i) => {
      bytes += row.bytes;
      return i > 1 && bytes > limitBytes;
    });
    return { groupId: oldest.group_id, hidden, chunks: end < 0 ? rows : rows.slice(0, end) };
  },
);

/** Puts `chunks` in the place of others, unless one of those is gone: then nothing is changed. */
export const replaceChunks = proc(
  "observe.log-upkeep.replace",
  async (
    tx,
    args: { readonly groupId: number; readonly olds: readonly number[]; readonly chunks: readonly EncodedChunk[] },
  ): Promise<"replaced" | "changed"> => {
    const places = args.olds.map((_, i) => `$${i + 2}`).join(", ");
    const found = await tx.query<{ bytes: number }>(`SELECT bytes FROM log_chunk WHERE group_id = $1 AND first_seq IN (${places})`, [
      args.groupId,
      ...args.olds,
    ]);
    if (found.length !== args.olds.length) return "changed";
    await tx.query(`DELETE FROM log_chunk WHERE group_id = $1 AND first_seq IN (${places})`, [args.groupId, ...args.olds]);
    for (const chunk of args.chunks) {
      await tx.query(
        "INSERT INTO log_chunk (group_id, first_seq, first_ms, last_ms, events, bytes, settled, data) VALUES ($1, $2, $3, $4, $5, $6, 1, $7)",
        [args.groupId, chunk.firstSeq, chunk.firstMs, chunk.lastMs, chunk.events, chunk.bytes, chunk.data],
      );
    }
    const more = sum(args.chunks) - sum(found);
    await tx.query("UPDATE log_group SET epoch = epoch + 1, stored_bytes = stored_bytes + $2 WHERE id = $1", [args.groupId, more]);
    return "replaced";
  },
);

function sum(rows: readonly { readonly bytes: number }[]): number {
  return rows.reduce((total, row) => total + row.bytes, 0);
}
