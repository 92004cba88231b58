// Nodes say what limit of the account they were started with: all on one database must hold to the same.

import type { Migration } from "../migration.ts";

export const nodeConcurrency: Migration = {
  id: 23,
  name: "node-concurrency",
  in: "main",
  // 0: a node that runs since before this change, and has not said.
  up: (d) => [`ALTER TABLE node ADD COLUMN concurrency ${d.bigint} NOT NULL DEFAULT 0`],
};
