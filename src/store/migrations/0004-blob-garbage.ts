// Blobs whose last row may be gone. The key is written in the transaction that deletes the row; garbage.ts removes the bytes later.

import type { Migration } from "../migration.ts";

export const blobGarbage: Migration = {
  id: 4,
  name: "blob-garbage",
  in: "main",
  up: (d) => [
    `CREATE TABLE blob_garbage (
      key text PRIMARY KEY,
      due_at ${d.bigint} NOT NULL
    )${d.strict}`,
    "CREATE INDEX blob_garbage_due ON blob_garbage (due_at)",
  ],
};
