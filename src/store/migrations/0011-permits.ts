// Permits to run, leased by nodes of a cluster. A limit's row is the lock under which its permits are granted.

import type { Migration } from "../migration.ts";

export const permits: Migration = {
  id: 11,
  name: "permits",
  in: "main",
  up: (d) => [
    // key: a function's id, or another thing that has a limit.
    `CREATE TABLE permit_limit (
      key text PRIMARY KEY,
      permits_max ${d.bigint} NOT NULL
    )${d.strict}`,
    `CREATE TABLE permit (
      key text NOT NULL,
      node_id text NOT NULL,
      held ${d.bigint} NOT NULL,
      expires_at ${d.bigint} NOT NULL,
      PRIMARY KEY (key, node_id)
    )${d.strict}`,
    "CREATE INDEX permit_node ON permit (node_id)",
  ],
};
