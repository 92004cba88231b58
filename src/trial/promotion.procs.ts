// Statements about promotions: rows with the time at which their next step is due. Each move is one conditional statement.

import { proc } from "../store/database.ts";

export interface PromotionRow {
  readonly id: number;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly alias: string;
  readonly from_version: string;
  readonly to_version: string;
  readonly steps: string;
  readonly bounds: string;
  readonly step: number;
  readonly due_at: number;
  readonly state: "running" | "done" | "rolled-back" | "stopped";
  readonly reason: string;
  readonly started_at: number;
  /** JSON: what the versions had done in the minute of the begin before it. */
  readonly counted_before: string;
}

/** What whoever starts one says of it. */
export type PromotionWish = Omit<PromotionRow, "id" | "step" | "due_at" | "state" | "reason" | "started_at" | "counted_before">;

const COLUMNS =
  "id, account, region, name, alias, from_version, to_version, steps, bounds, step, due_at, state, reason, started_at, counted_before";
const LISTED_MAX = 100;

/** undefined: one is running for that alias. */
export const startPromotion = proc(
  "trial.promotion.start",
  async (tx, row: PromotionWish & Pick<PromotionRow, "started_at" | "counted_before">): Promise<PromotionRow | undefined> => {
    const [started] = await tx.query<PromotionRow>(
      `INSERT INTO promotion (account, region, name, alias, from_version, to_version, steps, bounds, step, due_at, state, reason, started_at,
         counted_before)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, 'running', '', $9, $10)
       ON CONFLICT (account, region, name, alias) WHERE state = 'running' DO NOTHING RETURNING ${COLUMNS}`,
      [
        ...[row.account, row.region, row.name, row.alias, row.from_version, row.to_version, row.steps, row.bounds],
        ...[row.started_at, row.counted_before],
      ],
    );
    return started;
  },
);

export const runningPromotions = proc("trial.promotion.running", (tx, _: null) =>
  tx.query<PromotionRow>(`SELECT ${COLUMNS} FROM promotion WHERE state = 'running' ORDER BY id`),
);

/** undefined: it has ended. */
export const readPromotion = proc(
  "trial.promotion.read",
  async (tx, { id }: { readonly id: number }): Promise<PromotionRow | undefined> =>
    (await tx.query<PromotionRow>(`SELECT ${COLUMNS} FROM promotion WHERE id = $1 AND state = 'running'`, [id]))[0],
);

export interface PromotionFilter {
  readonly account: string;
  readonly region: string;
  /** "": of all functions. */
  readonly name: string;
}

/** The newest first. */
export const listPromotions = proc("trial.promotion.list", (tx, { account, region, name }: PromotionFilter) =>
  tx.query<PromotionRow>(
    `SELECT ${COLUMNS} FROM promotion WHERE account = $1 AND region = $2 AND ($3 = '' OR name = $3) ORDER BY id DESC LIMIT ${LISTED_MAX}`,
    [account, region, name],
  ),
);

/** The step is taken, and the next one is due then. Nothing happens if it was taken already. */
export const advancePromotion = proc(
  "trial.promotion.advance",
  async (tx, { id, step, dueAtMs }: { readonly id: number; readonly step: number; readonly dueAtMs: number }): Promise<void> => {
    await tx.query("UPDATE promotion SET step = step + 1, due_at = $3 WHERE id = $1 AND step = $2 AND state = 'running'", [
      id,
      step,
      dueAtMs,
    ]);
  },
);

/** From now on it can only end by being rolled back, whoever does that; the first reason stays. False: it has ended. */
export const wishRollBack = proc(
  "trial.promotion.wish-roll-back",
  async (tx, { id, reason }: Pick<PromotionRow, "id" | "reason">): Promise<boolean> => {
    const wished = await tx.query(
      "UPDATE promotion SET reason = CASE WHEN reason = '' THEN $2 ELSE reason END WHERE id = $1 AND state = 'running' RETURNING id",
      [id, reason],
    );
    return wished.length === 1;
  },
);

/** A reason that stands there already stays. One that is to be rolled back is not done. */
export const endPromotion = proc(
  "trial.promotion.end",
  async (tx, { id, state, reason }: Pick<PromotionRow, "id" | "state" | "reason">): Promise<void> => {
    await tx.query(
      `UPDATE promotion SET state = $2, reason = CASE WHEN reason = '' THEN $3 ELSE reason END
       WHERE id = $1 AND state = 'running' AND (reason = '' OR $2 <> 'done')`,
      [id, state, reason],
    );
  },
);
