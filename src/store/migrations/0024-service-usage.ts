// What functions use of other services, for the bill: requests to queues, bytes of logs. Minutes that turn into hours, as usage_minute's do.

import type { Migration } from "../migration.ts";

export const serviceUsage: Migration = {
  id: 24,
  name: "service-usage",
  in: "main",
  up: (d) => [
    // resource: the name of a queue or of a log group. quantity: requests or bytes, by kind.
    `CREATE TABLE usage_service (
      minute ${d.bigint} NOT NULL,
      account text NOT NULL,
      region text NOT NULL,
      kind text NOT NULL,
      resource text NOT NULL,
      quantity ${d.bigint} NOT NULL,
      PRIMARY KEY (minute, account, region, kind, resource)
    )${d.strict}`,
  ],
};
