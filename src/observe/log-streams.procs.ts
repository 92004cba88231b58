// Statements about the log streams of one group.

import { proc, type Row, type Value } from "../store/database.ts";

export interface LogStream extends Row {
  readonly name: string;
  readonly created_ms: number;
  /** The earliest and the latest timestamp of its events; null before the first. */
  readonly first_ms: number | null;
  readonly last_ms: number | null;
  readonly ingested_ms: number | null;
}

const COLUMNS = "name, created_ms, first_ms, last_ms, ingested_ms";

interface NewStream {
  readonly groupId: number;
  readonly name: string;
  readonly nowMs: number;
}

export const createStream = proc("observe.log-streams.create", async (tx, args: NewStream): Promise<"created" | "exists"> => {
  const created = await tx.query(
    `INSERT INTO log_stream (group_id, name, created_ms, first_ms, last_ms, ingested_ms) VALUES ($1, $2, $3, NULL, NULL, NULL)
     ON CONFLICT (group_id, name) DO NOTHING RETURNING name`,
    [args.groupId, args.name, args.nowMs],
  );
  return created.length === 1 ? "created" : "exists";
});

export const findStream = proc(
  "observe.log-streams.find",
  async (tx, args: { readonly groupId: number; readonly name: string }): Promise<LogStream | undefined> => {
    const [row] = await tx.query<LogStream>(`SELECT ${COLUMNS} FROM log_stream WHERE group_id = $1 AND name = $2`, [
      args.groupId,
      args.name,
    ]);
    return row;
  },
);

export interface StreamListing {
  readonly groupId: number;
  readonly prefix?: string | undefined;
  readonly orderBy: "name" | "last-event";
  readonly descending: boolean;
  /** The last stream of the page before. */
  readonly after?: { readonly name: string; readonly lastMs: number } | undefined;
  readonly limit: number;
}

/** A stream without events counts as one whose last event was at 0. */
export const listStreams = proc("observe.log-streams.list", async (tx, query: StreamListing): Promise<LogStream[]> => {
  const params: Value[] = [query.groupId];
  const place = (value: Value) => `$${params.push(value)}`;
  const where = ["group_id = $1"];
  const [beyond, order] = query.descending ? ["<", "DESC"] : [">", "ASC"];
  const last = "coalesce(last_ms, 0)";
  if (query.prefix !== undefined) where.push(`substr(name, 1, ${[...query.prefix].length}) = ${place(query.prefix)}`);
  if (query.after !== undefined) {
    const name = place(query.after.name);
    if (query.orderBy === "name") where.push(`name ${beyond} ${name}`);
    else {
      const lastMs = place(query.after.lastMs);
      where.push(`(${last} ${beyond} ${lastMs} OR (${last} = ${lastMs} AND name ${beyond} ${name}))`);
    }
  }
  const by = query.orderBy === "name" ? `name ${order}` : `${last} ${order}, name ${order}`;
  const limit = place(query.limit);
  return tx.query<LogStream>(`SELECT ${COLUMNS} FROM log_stream WHERE ${where.join(" AND ")} ORDER BY ${by} LIMIT ${limit}`, params);
});

/** Its events are hidden from now on, and go when their chunks are merged or expire. */
export const deleteStream = proc(
  "observe.log-streams.delete",
  async (tx, args: { readonly groupId: number; readonly name: string; readonly untilSeq: number }): Promise<"deleted" | "missing"> => {
    const gone = await tx.query("DELETE FROM log_stream WHERE group_id = $1 AND name = $2 RETURNING name", [args.groupId, args.name]);
    if (gone.length === 0) return "missing";
    await tx.query(
      `INSERT INTO log_stream_hidden (group_id, name, until_seq) VALUES ($1, $2, $3)
       ON CONFLICT (group_id, name) DO UPDATE SET until_seq = excluded.until_seq`,
      [args.groupId, args.name, args.untilSeq],
    );
    return "deleted";
  },
);
