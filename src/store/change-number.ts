// The numbers of changes that every node must follow before their author is answered: of functions, and of what is kept in memory beside them.

import type { Tx } from "./database.ts";

/** Other nodes have missed a change. */
export const CHANGE_TOPIC = "catalogue";

/** The number of the change that begins. Until the commit no other change begins, so that numbers become visible in their order. */
export async function nextChange(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ version: number }>("UPDATE catalogue SET version = version + 1 WHERE id = 1 RETURNING version");
  tx.wake(CHANGE_TOPIC);
  return row!.version; // the table was made with its row
}
