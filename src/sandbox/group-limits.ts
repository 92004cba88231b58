// Which limits control groups would enforce for this process as it stands: asked before a driver is opened.

import { Groups } from "./groups.ts";
import { readProcessTable } from "./process-table.ts";

export const GROUP_LIMITS = ["memory", "cpu", "pids", "freeze"] as const;
export type GroupLimit = (typeof GROUP_LIMITS)[number];

/** Makes its groups and removes them again. */
export async function limitsWithoutGroup(): Promise<readonly GroupLimit[]> {
  const groups = Groups.open(await readProcessTable());
  const missing = GROUP_LIMITS.filter((limit) => !groups.has(limit));
  groups.close();
  return missing;
}
