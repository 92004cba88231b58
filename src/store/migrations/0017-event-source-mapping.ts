// Event source mappings: which queue feeds which function. A function is named, not referred to: a mapping outlives it, as on AWS.

import type { Migration } from "../migration.ts";

export const eventSourceMapping: Migration = {
  id: 17,
  name: "event-source-mapping",
  in: "main",
  up: (d) => [
    // qualifier: "" is the unqualified function. settings, tags: JSON. revision: grows with every change.
    `CREATE TABLE event_source_mapping (
      uuid text PRIMARY KEY,
      account text NOT NULL,
      region text NOT NULL,
      function_name text NOT NULL,
      qualifier text NOT NULL,
      source_arn text NOT NULL,
      is_enabled ${d.bigint} NOT NULL,
      settings text NOT NULL,
      tags text NOT NULL,
      revision ${d.bigint} NOT NULL,
      modified_at ${d.bigint} NOT NULL,
      UNIQUE (account, region, function_name, qualifier, source_arn)
    )${d.strict}`,
  ],
};
