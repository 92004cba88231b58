// Functions, their versions, aliases, resource policies and tags. Code is named by its blob key; the bytes are store/blobs' business.
// A row of `functions` outlives its function: version numbers and ids are never used again, not even after delete and create.

import type { Migration } from "../migration.ts";

export const functions: Migration = {
  id: 1,
  name: "functions",
  in: "main",
  up: (d) => [
    // created_at NULL: deleted. generation grows with every change of the function, its versions or its aliases; bumping it locks the row.
    `CREATE TABLE functions (
      id ${d.identity},
      account text NOT NULL,
      region text NOT NULL,
      name text NOT NULL,
      last_version ${d.bigint} NOT NULL,
      generation ${d.bigint} NOT NULL,
      created_at ${d.bigint},
      UNIQUE (account, region, name)
    )${d.strict}`,
    // number 0 is $LATEST. settings is JSON (functions/settings.ts); fingerprint tells whether there is anything new to publish.
    `CREATE TABLE function_version (
      function_id ${d.bigint} NOT NULL,
      number ${d.bigint} NOT NULL,
      revision text NOT NULL,
      modified_at ${d.bigint} NOT NULL,
      state text NOT NULL,
      update_status text NOT NULL,
      code_key text NOT NULL,
      code_sha256 text NOT NULL,
      code_size ${d.bigint} NOT NULL,
      fingerprint text NOT NULL,
      description text NOT NULL,
      settings text NOT NULL,
      PRIMARY KEY (function_id, number)
    )${d.strict}`,
    "CREATE INDEX function_version_code ON function_version (code_key)",
    `CREATE TABLE alias (
      function_id ${d.bigint} NOT NULL,
      name text NOT NULL,
      number ${d.bigint} NOT NULL,
      second_number ${d.bigint},
      second_weight ${d.double},
      description text NOT NULL,
      revision text NOT NULL,
      PRIMARY KEY (function_id, name)
    )${d.strict}`,
    // qualifier '' is the unqualified function. statements is a JSON array, in the order in which they were added.
    `CREATE TABLE function_policy (
      function_id ${d.bigint} NOT NULL,
      qualifier text NOT NULL,
      revision text NOT NULL,
      statements text NOT NULL,
      PRIMARY KEY (function_id, qualifier)
    )${d.strict}`,
    `CREATE TABLE function_tag (
      function_id ${d.bigint} NOT NULL,
      key text NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (function_id, key)
    )${d.strict}`,
  ],
};
