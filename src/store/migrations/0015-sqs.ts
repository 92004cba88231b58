// What SQS knows about a queue beside what every queue has; names that were deleted; what message ids are made from.

import type { Migration } from "../migration.ts";

export const sqs: Migration = {
  id: 15,
  name: "sqs",
  in: "main",
  up: (d) => [
    // attributes, tags: JSON of texts. dead_letter_name: of a queue of the same account and region, which need not be there any more.
    `CREATE TABLE sqs_queue (
      queue_id ${d.bigint} PRIMARY KEY,
      attributes text NOT NULL,
      tags text NOT NULL,
      dead_letter_name text,
      created_at ${d.bigint} NOT NULL,
      modified_at ${d.bigint} NOT NULL,
      purged_at ${d.bigint} NOT NULL DEFAULT 0
    )${d.strict}`,
    "CREATE INDEX sqs_queue_dead_letter ON sqs_queue (dead_letter_name) WHERE dead_letter_name IS NOT NULL",
    // A name must rest for a while, and dead letters tell where they came from.
    `CREATE TABLE sqs_deleted_queue (
      queue_id ${d.bigint} PRIMARY KEY,
      account text NOT NULL,
      region text NOT NULL,
      name text NOT NULL,
      deleted_at ${d.bigint} NOT NULL
    )${d.strict}`,
    "CREATE INDEX sqs_deleted_queue_name ON sqs_deleted_queue (account, region, name)",
    // One row: message ids of two installations must not be equal.
    `CREATE TABLE sqs_salt (
      id ${d.bigint} PRIMARY KEY,
      salt text NOT NULL
    )${d.strict}`,
  ],
};
