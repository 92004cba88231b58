// Function URLs: at most one for a function and for each of its aliases. A row outlives its alias, as on AWS: its URL then answers 403.

import type { Migration } from "../migration.ts";

export const functionUrls: Migration = {
  id: 8,
  name: "function-urls",
  in: "main",
  up: (d) => [
    // qualifier '' is the unqualified function. cors is JSON as the API has it; NULL: none.
    `CREATE TABLE function_url (
      function_id ${d.bigint} NOT NULL,
      qualifier text NOT NULL,
      url_id text NOT NULL,
      auth_type text NOT NULL,
      cors text,
      created_at ${d.bigint} NOT NULL,
      modified_at ${d.bigint} NOT NULL,
      PRIMARY KEY (function_id, qualifier)
    )${d.strict}`,
    "CREATE UNIQUE INDEX function_url_id ON function_url (url_id)",
  ],
};
