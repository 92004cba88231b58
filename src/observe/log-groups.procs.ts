// Statements about log groups. Rows marked `deleted` are no groups any more: their name cannot be asked for (log-upkeep.procs.ts).

import { proc, type Row, type Tx, type Value } from "../store/database.ts";
import type { LogGroupName } from "./log-segment.ts";

export interface LogGroup extends Row {
  readonly id: number;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly created_ms: number;
  readonly class: string;
  readonly retention_days: number | null;
  readonly protected: number;
  /** A JSON object. */
  readonly tags: string;
  readonly stored_bytes: number;
}

export type Tags = Readonly<Record<string, string>>;

const COLUMNS = "id, account, region, name, created_ms, class, retention_days, protected, tags, stored_bytes";

export interface NewLogGroup extends LogGroupName {
  readonly nowMs: number;
  readonly class: string;
  readonly isProtected: boolean;
  readonly tags: Tags;
}

export const createGroup = proc("observe.log-groups.create", async (tx, args: NewLogGroup): Promise<"created" | "exists"> => {
  const created = await tx.query(
    `INSERT INTO log_group (account, region, name, created_ms, class, retention_days, protected, tags, stored_bytes, epoch, deleted)
     VALUES ($1, $2, $3, $4, $5, NULL, $6, $7, 0, 0, 0) ON CONFLICT (account, region, name) DO NOTHING RETURNING id`,
    [args.account, args.region, args.group, args.nowMs, args.class, args.isProtected ? 1 : 0, JSON.stringify(args.tags)],
  );
  return created.length === 1 ? "created" : "exists";
});

export const findGroup = proc("observe.log-groups.find", (tx, name: LogGroupName): Promise<LogGroup | undefined> => find(tx, name));

async function find(tx: Tx, { account, region, group }: LogGroupName): Promise<LogGroup | undefined> {
  const sql = `SELECT ${COLUMNS} FROM log_group WHERE account = $1 AND region = $2 AND name = $3`;
  const [row] = await tx.query<LogGroup>(sql, [account, region, group]);
  return row;
}

export interface GroupListing {
  readonly account: string;
  readonly region: string;
  readonly prefix?: string | undefined;
  /** A part of the name, case-sensitive. */
  readonly part?: string | undefined;
  readonly class?: string | undefined;
  readonly names?: readonly string[] | undefined;
  /** The last name of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** In the order of names. */
export const listGroups = proc("observe.log-groups.list", async (tx, query: GroupListing): Promise<LogGroup[]> => {
  const params: Value[] = [query.account, query.region, query.after ?? ""];
  const where = ["account = $1", "region = $2", "name > $3", "deleted = 0"];
  const add = (condition: (place: string) => string, value: Value) => where.push(condition(`$${params.push(value)}`));
  // substr instead of LIKE, which ignores case in SQLite and gives `_` a meaning.
  if (query.prefix !== undefined) add((p) => `substr(name, 1, ${[...query.prefix!].length}) = ${p}`, query.prefix);
  if (query.part !== undefined) add((p) => `replace(name, ${p}, '') <> name`, query.part);
  if (query.class !== undefined) add((p) => `class = ${p}`, query.class);
  if (query.names !== undefined) where.push(`name IN (${query.names.map((name) => `$${params.push(name)}`).join(", ")})`);
  params.push(query.limit);
  return tx.query<LogGroup>(`SELECT ${COLUMNS} FROM log_group WHERE ${where.join(" AND ")} ORDER BY name LIMIT $${params.length}`, params);
});

/** Its name is free at once; its events go with the next sweep. A name with a space belongs to no group. */
export const deleteGroup = proc(
  "observe.log-groups.delete",
  async (tx, name: LogGroupName): Promise<"deleted" | "missing" | "protected"> => {
    const group = await find(tx, name);
    if (group === undefined) return "missing";
    if (group.protected === 1) return "protected";
    await tx.query("UPDATE log_group SET deleted = 1, name = $2 WHERE id = $1", [group.id, `${group.name} ${group.id}`]);
    return "deleted";
  },
);

type Change = LogGroupName &
  (
    | { readonly retentionDays: number | null }
    | { readonly isProtected: boolean }
    | { readonly addTags: Tags; readonly tagsMax: number }
    | { readonly removeTags: readonly string[] }
  );

/** Changes one property of a group. */
export const changeGroup = proc("observe.log-groups.change", async (tx, change: Change): Promise<"changed" | "missing" | "too-many"> => {
  const group = await find(tx, change);
  if (group === undefined) return "missing";
  if ("retentionDays" in change) await set(tx, group.id, "retention_days", change.retentionDays);
  else if ("isProtected" in change) await set(tx, group.id, "protected", change.isProtected ? 1 : 0);
  else {
    const tags = changedTags(JSON.parse(group.tags) as Tags, change);
    if ("tagsMax" in change && Object.keys(tags).length > change.tagsMax) return "too-many";
    await set(tx, group.id, "tags", JSON.stringify(tags));
  }
  return "changed";
});

async function set(tx: Tx, id: number, column: "retention_days" | "protected" | "tags", value: Value): Promise<void> {
  await tx.query(`UPDATE log_group SET ${column} = $2 WHERE id = $1`, [id, value]);
}

function changedTags(tags: Tags, change: { readonly addTags: Tags } | { readonly removeTags: readonly string[] }): Tags {
  if ("addTags" in change) return { ...tags, ...change.addTags };
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !change.removeTags.includes(key)));
}
