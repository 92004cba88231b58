// Asks nothing of the store but an answer.

import { urgentProc } from "./database.ts";

/** Before all that wait: a node under load is not one without a store. */
export const answers = urgentProc("store.answers", async (tx, _: null): Promise<void> => {
  await tx.query("SELECT 1 AS one");
});
