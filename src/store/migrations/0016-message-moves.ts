// Tasks that move the messages of a dead-letter queue back, or to another queue.

import type { Migration } from "../migration.ts";

export const messageMoves: Migration = {
  id: 16,
  name: "message-moves",
  in: "main",
  up: (d) => [
    // destination_id NULL: each message goes to the queue that it came from.
    `CREATE TABLE sqs_move_task (
      id text PRIMARY KEY,
      source_id ${d.bigint} NOT NULL,
      source_arn text NOT NULL,
      destination_id ${d.bigint},
      destination_arn text,
      per_second ${d.bigint},
      status text NOT NULL,
      moved ${d.bigint} NOT NULL,
      to_move ${d.bigint} NOT NULL,
      started_at ${d.bigint} NOT NULL,
      failure text
    )${d.strict}`,
    "CREATE INDEX sqs_move_task_source ON sqs_move_task (source_id, started_at)",
    "CREATE UNIQUE INDEX sqs_move_task_active ON sqs_move_task (source_id) WHERE status IN ('RUNNING', 'CANCELLING')",
  ],
};
