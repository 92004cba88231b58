// Statements about what tunings have measured: kept for a while, and the latest of each function only.

import { proc } from "../store/database.ts";

export interface TuningRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly run: string;
  readonly memory_mb: number;
  readonly qualifier: string;
  readonly measured_at: number;
  readonly summary: string;
  readonly samples: string;
}

/** Of a function; the oldest goes when another one begins. */
const RUNS_MAX = 50;
const KEPT_MS = 90 * 86_400_000;

/** Measuring a size again within a run replaces it. What is too old or too many goes: nothing is added without it. */
export const keepTuning = proc("trial.tuning.keep", async (tx, row: TuningRow): Promise<void> => {
  const place = [row.account, row.region, row.name];
  await tx.query(
    `INSERT INTO tuning_samples (account, region, name, run, memory_mb, qualifier, measured_at, summary, samples)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (account, region, name, run, memory_mb) DO UPDATE SET
       qualifier = excluded.qualifier, measured_at = excluded.measured_at, summary = excluded.summary, samples = excluded.samples`,
    [...place, row.run, row.memory_mb, row.qualifier, row.measured_at, row.summary, row.samples],
  );
  await tx.query("DELETE FROM tuning_samples WHERE measured_at < $1", [row.measured_at - KEPT_MS]);
  await tx.query(
    `DELETE FROM tuning_samples WHERE account = $1 AND region = $2 AND name = $3 AND run NOT IN (
       SELECT run FROM tuning_samples WHERE account = $1 AND region = $2 AND name = $3
       GROUP BY run ORDER BY max(measured_at) DESC, run LIMIT ${RUNS_MAX})`,
    place,
  );
});

export interface TuningQuery extends Pick<TuningRow, "account" | "region" | "name"> {
  /** "": all of them, without their samples; "last": the one that was measured last. */
  readonly run: string;
}

/** Whole runs, the newest first, each by memory. */
export const readTunings = proc("trial.tuning.read", (tx, { account, region, name, run }: TuningQuery) =>
  tx.query<TuningRow>(
    `SELECT t.account, t.region, t.name, t.run, t.memory_mb, t.qualifier, t.measured_at, t.summary, ${run === "" ? "''" : "t.samples"} AS samples
     FROM tuning_samples t JOIN (
       SELECT run, max(measured_at) AS last_at FROM tuning_samples WHERE account = $1 AND region = $2 AND name = $3
         AND ($4 IN ('', 'last') OR run = $4) GROUP BY run ORDER BY last_at DESC, run LIMIT ${run === "last" ? 1 : RUNS_MAX}
     ) runs ON runs.run = t.run
     WHERE t.account = $1 AND t.region = $2 AND t.name = $3 ORDER BY runs.last_at DESC, t.run, t.memory_mb`,
    [account, region, name, run],
  ),
);
