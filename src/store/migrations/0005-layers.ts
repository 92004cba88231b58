// Layers and their versions, and which layers each version of a function has: these keep a layer's zip when the layer version is deleted.

import type { Migration } from "../migration.ts";

export const layers: Migration = {
  id: 5,
  name: "layers",
  in: "main",
  up: (d) => [
    // Never deleted: the numbers of a layer's versions are never used again. Updating it locks all versions of the layer.
    `CREATE TABLE layer (
      id ${d.identity},
      account text NOT NULL,
      region text NOT NULL,
      name text NOT NULL,
      last_version ${d.bigint} NOT NULL,
      UNIQUE (account, region, name)
    )${d.strict}`,
    // runtimes, architectures and statements are JSON arrays. policy_revision NULL: no policy.
    `CREATE TABLE layer_version (
      layer_id ${d.bigint} NOT NULL,
      number ${d.bigint} NOT NULL,
      created_at ${d.bigint} NOT NULL,
      description text NOT NULL,
      license text,
      runtimes text NOT NULL,
      architectures text NOT NULL,
      code_key text NOT NULL,
      code_sha256 text NOT NULL,
      code_size ${d.bigint} NOT NULL,
      unzipped_size ${d.bigint} NOT NULL,
      policy_revision text,
      statements text NOT NULL,
      PRIMARY KEY (layer_id, number)
    )${d.strict}`,
    "CREATE INDEX layer_version_code ON layer_version (code_key)",
    `CREATE TABLE function_layer (
      function_id ${d.bigint} NOT NULL,
      number ${d.bigint} NOT NULL,
      position ${d.bigint} NOT NULL,
      code_key text NOT NULL,
      PRIMARY KEY (function_id, number, position)
    )${d.strict}`,
    "CREATE INDEX function_layer_code ON function_layer (code_key)",
  ],
};
