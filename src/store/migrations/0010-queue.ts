// Queues and their messages: SQS, asynchronous invocations, events on their way. `visible_at` is delay, lease and time of retry in one;
// (id, receive_count) is the receipt of a lease, which the next lease makes void.

import type { Migration } from "../migration.ts";

export const queue: Migration = {
  id: 10,
  name: "queue",
  in: "main",
  up: (d) => {
    // Never given out again: a receipt of a deleted message must not fit a later one, and FIFO sequence numbers grow.
    const lasting = d.name === "sqlite" ? "INTEGER PRIMARY KEY AUTOINCREMENT" : d.identity;
    const keyed = d.name === "sqlite" ? " STRICT, WITHOUT ROWID" : "";
    // Rows are updated once per receive and gone soon: vacuum often, without pauses, whatever the size.
    const storage =
      d.name === "sqlite"
        ? d.strict
        : ` WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
            autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0)`;
    return [
      `CREATE TABLE queue (
        id ${lasting},
        account text NOT NULL,
        region text NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        is_fifo ${d.bigint} NOT NULL,
        visibility_ms ${d.bigint} NOT NULL,
        delay_ms ${d.bigint} NOT NULL,
        retention_ms ${d.bigint} NOT NULL,
        dead_letter_id ${d.bigint},
        receives_max ${d.bigint},
        UNIQUE (account, region, kind, name)
      )${d.strict}`,
      // body last, and nothing before it changes its size on a lease: SQLite rewrites a row in place only then.
      `CREATE TABLE message (
        id ${lasting},
        queue_id ${d.bigint} NOT NULL,
        visible_at ${d.bigint} NOT NULL,
        sent_at ${d.bigint} NOT NULL,
        receive_count ${d.bigint} NOT NULL DEFAULT 0,
        first_received_at ${d.bigint} NOT NULL DEFAULT 0,
        source_id ${d.bigint},
        group_id text,
        blob_key text,
        attributes text,
        body text NOT NULL
      )${storage}`,
      "CREATE INDEX message_due ON message (queue_id, visible_at, id)",
      "CREATE INDEX message_group ON message (queue_id, group_id, id) WHERE group_id IS NOT NULL",
      "CREATE INDEX message_blob ON message (blob_key) WHERE blob_key IS NOT NULL",
      // One row per FIFO group with messages: the group's lock. ready_at: end of the lease in force, else when the head is due.
      `CREATE TABLE message_group_state (
        queue_id ${d.bigint} NOT NULL,
        group_id text NOT NULL,
        ready_at ${d.bigint} NOT NULL,
        head_id ${d.bigint} NOT NULL,
        PRIMARY KEY (queue_id, group_id)
      )${keyed}`,
      "CREATE INDEX message_group_ready ON message_group_state (queue_id, ready_at, head_id)",
      `CREATE TABLE message_dedup (
        queue_id ${d.bigint} NOT NULL,
        dedup_id text NOT NULL,
        expires_at ${d.bigint} NOT NULL,
        message_id ${d.bigint} NOT NULL,
        PRIMARY KEY (queue_id, dedup_id)
      )${keyed}`,
      "CREATE INDEX message_dedup_expiry ON message_dedup (expires_at)",
    ];
  },
};
