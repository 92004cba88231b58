// Statements about usage: the flush that counts once, what a period has used, and making hours of old minutes.

import { proc, relaxedProc, type Tx } from "../store/database.ts";
import type { MetricRows } from "./metric-batch.ts";
import { addMetrics } from "./metrics.procs.ts";
import { addSums, type RollUp, rollUpSums, type SumTable } from "./minute-sums.ts";
import type { Architecture } from "./prices.ts";
import { addServiceUse, type ServiceRow, serviceUse } from "./service-usage.procs.ts";

export interface UsageShape {
  readonly functionId: number;
  readonly version: string;
  readonly memoryMb: number;
  readonly tmpMb: number;
  readonly architecture: Architecture;
  readonly isProvisioned: boolean;
}

export interface UsageCounts {
  readonly requests: number;
  readonly invocations: number;
  readonly errors: number;
  readonly inits: number;
  readonly billedMs: number;
  /** Beyond the 6 MB of each response that cost nothing. */
  readonly streamedBytes: number;
}

export interface UsageRow extends UsageShape, UsageCounts {
  readonly minute: number;
}

export interface Flush {
  readonly nodeId: string;
  /** Ascends with each flush of this node; a repeated one has the same. */
  readonly seq: number;
  readonly nowMs: number;
  readonly usage: readonly UsageRow[];
  readonly metrics: MetricRows;
  readonly services: readonly ServiceRow[];
}

/** May be repeated: the same flush counts once. Relaxed: it tells of a second that was in memory alone, and nobody's message waits for its way to the disk. */
export const flushUsage = relaxedProc("metering.usage.flush", async (tx, { nodeId, seq, nowMs, usage, metrics, services }: Flush) => {
  const isNew = await tx.query(
    `INSERT INTO usage_flush (node_id, seq, flushed_at) VALUES ($1, $2, $3)
     ON CONFLICT (node_id) DO UPDATE SET seq = excluded.seq, flushed_at = excluded.flushed_at WHERE usage_flush.seq < excluded.seq
     RETURNING seq`,
    [nodeId, seq, nowMs],
  );
  if (isNew.length === 0) return;
  await addUsage(tx, usage);
  await addMetrics(tx, metrics, nowMs);
  await addServiceUse(tx, services);
});

const COUNTS = ["requests", "invocations", "errors", "inits", "billed_ms", "streamed_bytes"] as const;
const TABLE: SumTable = {
  name: "usage_minute",
  key: [
    ["function_id", "bigint"],
    ["version", "text"],
    ["memory_mb", "bigint"],
    ["tmp_mb", "bigint"],
    ["architecture", "text"],
    ["is_provisioned", "bigint"],
  ],
  sums: COUNTS,
};

function addUsage(tx: Tx, usage: readonly UsageRow[]): Promise<void> {
  const rows = usage.map((row) => [
    row.minute,
    row.functionId,
    row.version,
    row.memoryMb,
    row.tmpMb,
    row.architecture,
    row.isProvisioned ? 1 : 0,
    row.requests,
    row.invocations,
    row.errors,
    row.inits,
    row.billedMs,
    row.streamedBytes,
  ]);
  return addSums(tx, TABLE, rows);
}

export interface WarmPeriod {
  readonly fromMs: number;
  readonly functionId: number;
  readonly version: string;
  readonly memoryMb: number;
  readonly architecture: Architecture;
  readonly environments: number;
}

/** Five minutes begun of provisioned environments. May be repeated, by any node. */
export const addWarmPeriods = proc("metering.usage.warm", async (tx, { periods }: { readonly periods: readonly WarmPeriod[] }) => {
  await tx.insertMany(
    "usage_warm",
    [
      ["from_ms", "bigint"],
      ["function_id", "bigint"],
      ["version", "text"],
      ["memory_mb", "bigint"],
      ["architecture", "text"],
      ["environments", "bigint"],
    ],
    periods.map((one) => [one.fromMs, one.functionId, one.version, one.memoryMb, one.architecture, one.environments]),
    "ON CONFLICT (from_ms, function_id, version) DO NOTHING",
  );
});

export interface UsageQuery {
  /** undefined: of every account. */
  readonly account: string | undefined;
  /** The end is not part of it. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Milliseconds of one row: an hour, a day, or WHOLE_PERIOD. */
  readonly stepMs: number;
}

/** One row for all of a function's version, whose start says nothing. */
export const WHOLE_PERIOD = Number.MAX_SAFE_INTEGER;

interface FunctionColumns {
  readonly start_ms: number;
  readonly function_id: number;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly version: string;
  readonly memory_mb: number;
  readonly architecture: Architecture;
}

export interface UsageSum extends FunctionColumns {
  readonly tmp_mb: number;
  readonly is_provisioned: number;
  readonly requests: number;
  readonly invocations: number;
  readonly errors: number;
  readonly inits: number;
  readonly billed_ms: number;
  readonly streamed_bytes: number;
}

export interface WarmSum extends FunctionColumns {
  /** Of all environments together. */
  readonly warm_seconds: number;
}

/** Rows of deleted functions keep their name: they were paid for too. */
export const readUsage = proc("metering.usage.read", async (tx, query: UsageQuery) => {
  const { account, fromMs, toMs, stepMs } = query;
  const params = [fromMs, toMs, account ?? "", stepMs];
  const places = "f.account, f.region, f.name";
  const usage = await tx.query<UsageSum>(
    `SELECT u.minute - u.minute % $4 AS start_ms, u.function_id, ${places}, u.version, u.memory_mb, u.tmp_mb, u.architecture, u.is_provisioned,
       ${COUNTS.map((name) => `CAST(sum(u.${name}) AS bigint) AS ${name}`).join(", ")}
     FROM usage_minute u JOIN functions f ON f.id = u.function_id
     WHERE u.minute >= $1 AND u.minute < $2 AND ($3 = '' OR f.account = $3)
     GROUP BY u.minute - u.minute % $4, u.function_id, ${places}, u.version, u.memory_mb, u.tmp_mb, u.architecture, u.is_provisioned
     ORDER BY 1`,
    params,
  );
  const warm = await tx.query<WarmSum>(
    `SELECT w.from_ms - w.from_ms % $4 AS start_ms, w.function_id, ${places}, w.version, w.memory_mb, w.architecture,
       CAST(sum(w.environments) * 300 AS bigint) AS warm_seconds
     FROM usage_warm w JOIN functions f ON f.id = w.function_id
     WHERE w.from_ms >= $1 AND w.from_ms < $2 AND ($3 = '' OR f.account = $3)
     GROUP BY w.from_ms - w.from_ms % $4, w.function_id, ${places}, w.version, w.memory_mb, w.architecture ORDER BY 1`,
    params,
  );
  return { usage, warm, services: await serviceUse(tx, query) };
});

/** When something was used first in a period. undefined: nothing was. */
export const firstUse = proc("metering.usage.first", async (tx, query: Omit<UsageQuery, "stepMs">): Promise<number | undefined> => {
  const params = [query.fromMs, query.toMs, query.account ?? ""];
  const ofFunctions = (table: string, time: string) =>
    tx.query<{ at: number }>(
      `SELECT u.${time} AS at FROM ${table} u JOIN functions f ON f.id = u.function_id
       WHERE u.${time} >= $1 AND u.${time} < $2 AND ($3 = '' OR f.account = $3) ORDER BY u.${time} LIMIT 1`,
      params,
    );
  const rows = [
    ...(await ofFunctions("usage_minute", "minute")),
    ...(await ofFunctions("usage_warm", "from_ms")),
    ...(await tx.query<{ at: number }>(
      "SELECT minute AS at FROM usage_service WHERE minute >= $1 AND minute < $2 AND ($3 = '' OR account = $3) ORDER BY minute LIMIT 1",
      params,
    )),
  ];
  return rows.length === 0 ? undefined : Math.min(...rows.map(({ at }) => at));
});

/** Of all that the bill is made of, but what services were used for. */
export const rollUpUsage = proc("metering.usage.roll-up", async (tx, args: RollUp) => {
  await rollUpSums(tx, TABLE, args);
  await tx.query("DELETE FROM usage_warm WHERE from_ms < $1", [args.goneBeforeMs]);
  await tx.query("DELETE FROM usage_flush WHERE flushed_at < $1", [args.hoursBeforeMs]);
});
