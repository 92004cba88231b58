// Statements about shadows: starting and stopping them, and what nodes have seen of them.

import { proc } from "../store/database.ts";

export interface ShadowRow {
  readonly id: number;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly qualifier: string;
  readonly candidate: string;
  readonly rules: string;
  readonly is_running: number;
  readonly created_at: number;
}

const COLUMNS = "id, account, region, name, qualifier, candidate, rules, is_running, created_at";

export type ShadowPlace = Pick<ShadowRow, "account" | "region" | "name" | "qualifier">;

/** Replaces one of the same function and qualifier, and forgets what was seen of that. */
export const startShadow = proc("trial.shadow.start", async (tx, row: Omit<ShadowRow, "id" | "is_running">): Promise<ShadowRow> => {
  const place = [row.account, row.region, row.name, row.qualifier];
  const here = "account = $1 AND region = $2 AND name = $3 AND qualifier = $4";
  await tx.query(`DELETE FROM shadow_report WHERE shadow_id IN (SELECT id FROM shadow WHERE ${here})`, place);
  await tx.query(`DELETE FROM shadow WHERE ${here}`, place);
  const [started] = await tx.query<ShadowRow>(
    `INSERT INTO shadow (account, region, name, qualifier, candidate, rules, is_running, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, 1, $7) RETURNING ${COLUMNS}`,
    [...place, row.candidate, row.rules, row.created_at],
  );
  tx.wake(SHADOW_TOPIC);
  return started!;
});

export const SHADOW_TOPIC = "shadow";

/** False where there is none. */
export const stopShadow = proc("trial.shadow.stop", async (tx, { account, region, name, qualifier }: ShadowPlace): Promise<boolean> => {
  const stopped = await tx.query(
    "UPDATE shadow SET is_running = 0 WHERE account = $1 AND region = $2 AND name = $3 AND qualifier = $4 RETURNING id",
    [account, region, name, qualifier],
  );
  tx.wake(SHADOW_TOPIC);
  return stopped.length === 1;
});

export const listShadows = proc("trial.shadow.list", (tx, _: null) =>
  tx.query<ShadowRow>(`SELECT ${COLUMNS} FROM shadow ORDER BY account, region, name, qualifier`),
);

export const readShadowReports = proc("trial.shadow.reports", (tx, { shadowId }: { readonly shadowId: number }) =>
  tx.query<{ readonly node_id: string; readonly report: string }>("SELECT node_id, report FROM shadow_report WHERE shadow_id = $1", [
    shadowId,
  ]),
);

export interface NodeReport {
  readonly shadowId: number;
  /** An id may come again: SQLite gives the largest one anew when its row is gone. */
  readonly createdAtMs: number;
  readonly nodeId: string;
  readonly report: string;
}

export const writeShadowReports = proc("trial.shadow.report", async (tx, { reports }: { readonly reports: readonly NodeReport[] }) => {
  for (const { shadowId, createdAtMs, nodeId, report } of reports) {
    await tx.query(
      `INSERT INTO shadow_report (shadow_id, node_id, report) SELECT id, $2, $3 FROM shadow WHERE id = $1 AND created_at = $4
       ON CONFLICT (shadow_id, node_id) DO UPDATE SET report = excluded.report`,
      [shadowId, nodeId, report, createdAtMs],
    );
  }
});
