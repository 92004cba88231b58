// How much concurrency functions keep for themselves.

import type { Migration } from "../migration.ts";

export const concurrency: Migration = {
  id: 6,
  name: "concurrency",
  in: "main",
  up: (d) => [
    // Updating a row locks all claims of the account in that region: their sum has a limit.
    `CREATE TABLE account_concurrency (
      account text NOT NULL,
      region text NOT NULL,
      changes ${d.bigint} NOT NULL,
      PRIMARY KEY (account, region)
    )${d.strict}`,
    `CREATE TABLE reserved_concurrency (
      function_id ${d.bigint} PRIMARY KEY,
      reserved ${d.bigint} NOT NULL
    )${d.strict}`,
    // qualifier is a version number or the name of an alias; at most one row leads to each version.
    `CREATE TABLE provisioned_concurrency (
      function_id ${d.bigint} NOT NULL,
      qualifier text NOT NULL,
      requested ${d.bigint} NOT NULL,
      modified_at ${d.bigint} NOT NULL,
      PRIMARY KEY (function_id, qualifier)
    )${d.strict}`,
  ],
};
