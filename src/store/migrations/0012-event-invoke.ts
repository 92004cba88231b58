// What a function, or a version or an alias of it, says about its asynchronous invocations.

import type { Migration } from "../migration.ts";

export const eventInvoke: Migration = {
  id: 12,
  name: "event-invoke",
  in: "main",
  up: (d) => [
    // qualifier is "$LATEST", a version number or the name of an alias. NULL: not set, AWS's default holds.
    `CREATE TABLE event_invoke_config (
      function_id ${d.bigint} NOT NULL,
      qualifier text NOT NULL,
      retries_max ${d.bigint},
      age_max_s ${d.bigint},
      on_success text,
      on_failure text,
      modified_at ${d.bigint} NOT NULL,
      PRIMARY KEY (function_id, qualifier)
    )${d.strict}`,
  ],
};
