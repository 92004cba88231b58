// What functions have used, for the bill: sums per minute, which turn into sums per hour when they are old (metering/usage.procs.ts).

import type { Migration } from "../migration.ts";

export const usage: Migration = {
  id: 19,
  name: "usage",
  in: "main",
  up: (d) => [
    // minute: its first millisecond. is_provisioned 1: ran in environments that were provisioned, which have a price of their own.
    // requests counts what is billed as such: an asynchronous event of more than 256 KB counts more than once.
    `CREATE TABLE usage_minute (
      minute ${d.bigint} NOT NULL,
      function_id ${d.bigint} NOT NULL,
      version text NOT NULL,
      memory_mb ${d.bigint} NOT NULL,
      tmp_mb ${d.bigint} NOT NULL,
      architecture text NOT NULL,
      is_provisioned ${d.bigint} NOT NULL,
      requests ${d.bigint} NOT NULL,
      invocations ${d.bigint} NOT NULL,
      errors ${d.bigint} NOT NULL,
      inits ${d.bigint} NOT NULL,
      billed_ms ${d.bigint} NOT NULL,
      streamed_bytes ${d.bigint} NOT NULL,
      PRIMARY KEY (minute, function_id, version, memory_mb, tmp_mb, architecture, is_provisioned)
    )${d.strict}`,
    // Five minutes begun of environments kept warm: what AWS rounds up to. One row for each, whoever writes it and however often.
    `CREATE TABLE usage_warm (
      from_ms ${d.bigint} NOT NULL,
      function_id ${d.bigint} NOT NULL,
      version text NOT NULL,
      memory_mb ${d.bigint} NOT NULL,
      architecture text NOT NULL,
      environments ${d.bigint} NOT NULL,
      PRIMARY KEY (from_ms, function_id, version)
    )${d.strict}`,
    // The last flush of each node that was applied: one that is repeated counts once.
    `CREATE TABLE usage_flush (
      node_id text PRIMARY KEY,
      seq ${d.bigint} NOT NULL,
      flushed_at ${d.bigint} NOT NULL
    )${d.strict}`,
  ],
};
