// Tunings that were made before: runs of a function at several memory sizes, as they can be told and drawn again.

import type { Database } from "../store/database.ts";
import { type Measured, type Trial, trialOf } from "./measured.ts";
import { keepTuning, readTunings, type TuningQuery, type TuningRow } from "./tuning.procs.ts";

/** Whether functions had the CPU share of their memory, and no more memory than that. */
export interface Enforced {
  readonly cpu: boolean;
  readonly memory: boolean;
}

type Samples = Pick<Measured, "cold" | "warm">;

export interface Tuning {
  readonly run: string;
  readonly qualifier: string;
  /** When its last size was measured. */
  readonly measuredMs: number;
  readonly enforced: Enforced;
  /** By memory; the samples only of a run that was asked for alone. */
  readonly tried: readonly (Trial & { readonly samples?: Samples })[];
}

export type TuningKey = Pick<TuningRow, "account" | "region" | "name" | "qualifier" | "run">;

export async function keep(
  database: Database,
  key: TuningKey,
  { measured, enforced, atMs }: { readonly measured: Measured; readonly enforced: Enforced; readonly atMs: number },
): Promise<void> {
  const { cold, warm, memoryMb } = measured;
  const row = { memory_mb: memoryMb, measured_at: atMs, summary: JSON.stringify({ ...trialOf(measured), enforced }) };
  await database.run(keepTuning, { ...key, ...row, samples: JSON.stringify({ cold, warm }) });
}

/** The newest first. */
export async function tunings(database: Database, query: TuningQuery): Promise<readonly Tuning[]> {
  const runs = Map.groupBy(await database.read(readTunings, query), ({ run }) => run);
  return [...runs].map(([run, rows]) => {
    const sizes = rows.map(({ summary, samples }) => {
      const { enforced, ...trial } = JSON.parse(summary) as Trial & { readonly enforced: Enforced };
      return { enforced, trial: { ...trial, ...(samples !== "" && { samples: JSON.parse(samples) as Samples }) } };
    });
    return {
      run,
      qualifier: rows[0]!.qualifier,
      measuredMs: Math.max(...rows.map(({ measured_at }) => measured_at)),
      enforced: sizes[0]!.enforced,
      tried: sizes.map(({ trial }) => trial),
    };
  });
}
