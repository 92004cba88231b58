// Statements about which layers each version of a function has: rows that keep a layer's zip from being collected. What runs is in `settings`.

import type { Tx } from "../store/database.ts";
import { discardBlobs } from "../store/garbage.procs.ts";
import type { VersionRow } from "./catalogue.procs.ts";

const COLUMNS = [
  ["function_id", "bigint"],
  ["number", "bigint"],
  ["position", "bigint"],
  ["code_key", "text"],
] as const;

/** Of a version just written. `before` is what stood in its place. The caller holds the function's lock. */
export async function keepLayers(tx: Tx, now: VersionRow, before?: VersionRow): Promise<void> {
  const [keys, former] = [layerKeys(now), before === undefined ? [] : layerKeys(before)];
  if (keys.join() === former.join()) return;
  const { function_id, number } = now;
  if (former.length > 0) await tx.query("DELETE FROM function_layer WHERE function_id = $1 AND number = $2", [function_id, number]);
  const rows = keys.map((key, index) => [function_id, number, index, key] as const);
  await tx.insertMany("function_layer", COLUMNS, rows);
  await discardBlobs(tx, [...new Set(former)], now.modified_at);
}

/** Of a version that is deleted, or of all. The caller holds the function's lock. */
export async function dropLayers(tx: Tx, args: { functionId: number; number?: number; nowMs: number }): Promise<void> {
  const { functionId, number, nowMs } = args;
  const [which, values] = number === undefined ? ["", [functionId]] : [" AND number = $2", [functionId, number]];
  const dropped = await tx.query<{ code_key: string }>(
    `DELETE FROM function_layer WHERE function_id = $1${which} RETURNING code_key`,
    values,
  );
  const keys = new Set(dropped.map(({ code_key }) => code_key));
  await discardBlobs(tx, [...keys], nowMs);
}

function layerKeys({ settings }: VersionRow): readonly string[] {
  const { layers = [] } = JSON.parse(settings) as { readonly layers?: readonly { readonly key: string }[] };
  return layers.map(({ key }) => key);
}
