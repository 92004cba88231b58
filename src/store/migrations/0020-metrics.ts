// CloudWatch metrics: what was measured, as statistics per minute, which turn into statistics per hour when they are old.

import type { Migration } from "../migration.ts";

export const metrics: Migration = {
  id: 20,
  name: "metrics",
  in: "main",
  up: (d) => [
    // id is a hash of all else (metering/metric-series.ts), so that it is known before the row is. dimensions: JSON, [[name, value], …] by name.
    `CREATE TABLE metric_series (
      id text PRIMARY KEY,
      account text NOT NULL,
      region text NOT NULL,
      namespace text NOT NULL,
      name text NOT NULL,
      dimensions text NOT NULL,
      unit text NOT NULL,
      last_ms ${d.bigint} NOT NULL
    )${d.strict}`,
    "CREATE INDEX metric_series_name ON metric_series (account, region, namespace, name)",
    `CREATE TABLE metric_minute (
      series_id text NOT NULL,
      minute ${d.bigint} NOT NULL,
      samples ${d.double} NOT NULL,
      total ${d.double} NOT NULL,
      lowest ${d.double} NOT NULL,
      highest ${d.double} NOT NULL,
      PRIMARY KEY (series_id, minute)
    )${d.strict}`,
    "CREATE INDEX metric_minute_age ON metric_minute (minute)",
    // How the values were spread, for percentiles (metering/buckets.ts).
    `CREATE TABLE metric_bucket (
      series_id text NOT NULL,
      minute ${d.bigint} NOT NULL,
      bucket ${d.bigint} NOT NULL,
      samples ${d.double} NOT NULL,
      PRIMARY KEY (series_id, minute, bucket)
    )${d.strict}`,
    "CREATE INDEX metric_bucket_age ON metric_bucket (minute)",
  ],
};
