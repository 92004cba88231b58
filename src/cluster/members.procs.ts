// The rows of nodes. One counts until its expires_at, by the database's clock; its own heartbeats move that on.

import { versionOf } from "../functions/catalogue.procs.ts";
import { type Tx, urgentProc } from "../store/database.ts";
import { databaseNow, isInForce } from "../store/database-now.ts";

export const MEMBERS_TOPIC = "cluster.members";

export interface MemberRow {
  readonly id: string;
  readonly slot: number;
  /** Where other nodes reach it: "10.0.0.1:4700". */
  readonly address: string;
  /** Where callers do; empty when it has no front. */
  readonly endpoint: string;
  /** "front,worker" */
  readonly roles: string;
  readonly program: string;
  readonly room: number;
  /** The account's limit that it was started with; 0: it has not said. */
  readonly concurrency: number;
  readonly is_draining: number;
  /** Everything up to it is in the node's catalogue. */
  readonly catalogue_version: number;
  readonly started_at: number;
  readonly expires_at: number;
}

export type NewMember = Omit<MemberRow, "slot" | "started_at" | "expires_at" | "is_draining" | "catalogue_version">;

/** In place of a catalogue_version: the node was fenced out, and its membership ends when its time is up. */
const FENCED = -2;

/** Long enough for the clock of a new node on that slot to be past what the former one had written. */
const SLOT_REST_MS = 60_000;

const COLUMNS = "id, slot, address, endpoint, roles, program, room, concurrency, is_draining, catalogue_version, started_at, expires_at";

export interface Join {
  readonly member: NewMember;
  readonly slotsMax: number;
  readonly ttlMs: number;
}

/** The node's slot, or why it cannot be a member. */
export type Joined = { readonly slot: number } | "full" | { readonly concurrencyOfOthers: number };

/** A node that had lost its membership keeps its row, if that is still there. May be repeated. */
export const joinCluster = urgentProc("cluster.join", async (tx, { member, slotsMax, ttlMs }: Join): Promise<Joined> => {
  await tx.query("UPDATE catalogue SET version = version WHERE id = 1"); // one join at a time
  const now = databaseNow(tx);
  await tx.query(`DELETE FROM node WHERE (expires_at < ${now} - $1 OR expires_at > ${now} + $1) AND id <> $2`, [SLOT_REST_MS, member.id]);
  const [other] = await tx.query<{ concurrency: number }>(
    `SELECT concurrency FROM node WHERE ${isInForce(tx, "expires_at")} AND id <> $1 AND concurrency NOT IN (0, $2) LIMIT 1`,
    [member.id, member.concurrency],
  );
  if (other !== undefined) return { concurrencyOfOthers: other.concurrency };
  const rows = await tx.query<{ id: string; slot: number }>("SELECT id, slot FROM node");
  const taken = new Set(rows.filter(({ id }) => id !== member.id).map(({ slot }) => slot));
  const own = rows.find(({ id }) => id === member.id)?.slot;
  const slot = own ?? Array.from({ length: slotsMax }, (_, n) => n).find((n) => !taken.has(n));
  if (slot === undefined) return "full";
  await tx.query(
    `INSERT INTO node (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, -1, ${now}, ${now} + $9)
       ON CONFLICT (id) DO UPDATE SET catalogue_version = -1, expires_at = excluded.expires_at`,
    [member.id, slot, member.address, member.endpoint, member.roles, member.program, member.room, member.concurrency, ttlMs],
  );
  tx.wake(MEMBERS_TOPIC);
  return { slot };
});

export interface Beat {
  readonly id: string;
  readonly endpoint: string;
  readonly isDraining: boolean;
  readonly catalogueVersion: number;
  readonly ttlMs: number;
}

export interface ClusterView {
  /** False: it was away for too long, or another node has fenced it out. */
  readonly isMember: boolean;
  /** Those that count now. */
  readonly members: readonly MemberRow[];
  /** Of the catalogue, in the database. */
  readonly catalogueVersion: number;
}

/** A heartbeat, and what there is to know. */
export const beat = urgentProc("cluster.beat", async (tx, args: Beat): Promise<ClusterView> => {
  const { id, endpoint, isDraining, catalogueVersion, ttlMs } = args;
  const now = databaseNow(tx);
  const beating = tx.query<{ was_draining: number }>(
    `UPDATE node SET expires_at = ${now} + $2, catalogue_version = $3, endpoint = $5 WHERE id = $1 AND expires_at > ${now}
       AND catalogue_version <> $4 RETURNING is_draining AS was_draining`,
    [id, ttlMs, catalogueVersion, FENCED, endpoint],
  );
  // Asked without waiting for each other: where the database is far away, a heartbeat must not take several times as long.
  const [[own], members, version] = await Promise.all([beating, liveMembers(tx), versionOf(tx)]);
  if (own !== undefined && isDraining && own.was_draining === 0) {
    await tx.query("UPDATE node SET is_draining = 1 WHERE id = $1", [id]);
    tx.wake(MEMBERS_TOPIC);
  }
  return { isMember: own !== undefined, members, catalogueVersion: version };
});

export const readMembers = urgentProc("cluster.members", (tx, _: null): Promise<readonly MemberRow[]> => liveMembers(tx));

/** It has not confirmed a change in time: it cannot renew its membership, which it believes in until then, but only join again. */
export const fenceOut = urgentProc("cluster.fence", async (tx, id: string): Promise<void> => {
  await tx.query("UPDATE node SET catalogue_version = $2 WHERE id = $1", [id, FENCED]);
  tx.wake(MEMBERS_TOPIC);
});

/** An orderly end. The slot rests as after a crash. */
export const leaveCluster = urgentProc("cluster.leave", async (tx, id: string): Promise<void> => {
  await tx.query(`UPDATE node SET expires_at = ${databaseNow(tx)} WHERE id = $1`, [id]);
  tx.wake(MEMBERS_TOPIC);
});

function liveMembers(tx: Tx): Promise<MemberRow[]> {
  return tx.query<MemberRow>(`SELECT ${COLUMNS} FROM node WHERE ${isInForce(tx, "expires_at")} ORDER BY started_at, id`);
}
