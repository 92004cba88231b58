// What `lambent tune` has measured: one row for each memory size of each run, with all of its samples.

import type { Migration } from "../migration.ts";

export const tuning: Migration = {
  id: 25,
  name: "tuning",
  in: "main",
  up: (d) => [
    // run is drawn by who tunes; qualifier '' is the unqualified function. summary and samples are JSON (trial/tunings.ts): what lists show, and the
    // up to 1,100 samples that it was made of.
    `CREATE TABLE tuning_samples (
      account text NOT NULL,
      region text NOT NULL,
      name text NOT NULL,
      run text NOT NULL,
      memory_mb ${d.bigint} NOT NULL,
      qualifier text NOT NULL,
      measured_at ${d.bigint} NOT NULL,
      summary text NOT NULL,
      samples text NOT NULL,
      PRIMARY KEY (account, region, name, run, memory_mb)
    )${d.strict}`,
    "CREATE INDEX tuning_samples_age ON tuning_samples (measured_at)",
  ],
};
