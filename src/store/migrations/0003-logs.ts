// Log groups, their streams, and the compressed chunks that hold the events. `seq` numbers events in the order of their arrival and tells the
// time of it (observe/log-segment.ts). A chunk lies within one hour of the events' own time, so a time range bounds the chunks to look at.

import type { Migration } from "../migration.ts";

export const logs: Migration = {
  id: 3,
  name: "logs",
  in: "logs",
  up: (d) => [
    // `deleted` rows keep their id, which their chunks still carry, until the sweep has removed those; their name is then free for others.
    `CREATE TABLE log_group (
      id ${d.identity},
      account text NOT NULL,
      region text NOT NULL,
      name text NOT NULL,
      created_ms ${d.bigint} NOT NULL,
      class text NOT NULL,
      retention_days ${d.bigint},
      protected ${d.bigint} NOT NULL,
      tags text NOT NULL,
      stored_bytes ${d.bigint} NOT NULL,
      epoch ${d.bigint} NOT NULL,
      deleted ${d.bigint} NOT NULL,
      UNIQUE (account, region, name)
    )${d.strict}`,
    `CREATE TABLE log_stream (
      group_id ${d.bigint} NOT NULL,
      name text NOT NULL,
      created_ms ${d.bigint} NOT NULL,
      first_ms ${d.bigint},
      last_ms ${d.bigint},
      ingested_ms ${d.bigint},
      PRIMARY KEY (group_id, name)
    )${d.strict}`,
    "CREATE INDEX log_stream_last ON log_stream (group_id, last_ms, name)",
    // A deleted stream's events stay inside chunks that other streams share: they are hidden up to this event, also from a new stream of that name.
    `CREATE TABLE log_stream_hidden (
      group_id ${d.bigint} NOT NULL,
      name text NOT NULL,
      until_seq ${d.bigint} NOT NULL,
      PRIMARY KEY (group_id, name)
    )${d.strict}`,
    `CREATE TABLE log_chunk (
      group_id ${d.bigint} NOT NULL,
      first_seq ${d.bigint} NOT NULL,
      first_ms ${d.bigint} NOT NULL,
      last_ms ${d.bigint} NOT NULL,
      events ${d.bigint} NOT NULL,
      bytes ${d.bigint} NOT NULL,
      settled ${d.bigint} NOT NULL,
      data ${d.bytes} NOT NULL,
      PRIMARY KEY (group_id, first_seq)
    )${d.strict}`,
    "CREATE INDEX log_chunk_first ON log_chunk (group_id, first_ms, first_seq)",
    "CREATE INDEX log_chunk_last ON log_chunk (group_id, last_ms, first_seq)",
    // Small chunks that wait to be merged once their hour is over.
    "CREATE INDEX log_chunk_unsettled ON log_chunk (first_ms, group_id) WHERE settled = 0",
  ],
};
