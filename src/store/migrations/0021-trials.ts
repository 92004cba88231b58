// Shadows and promotions: a version that gets copies of real events, and one that takes over an alias step by step.

import type { Migration } from "../migration.ts";

export const trials: Migration = {
  id: 21,
  name: "trials",
  in: "main",
  up: (d) => [
    // qualifier '' is the unqualified function. candidate is a function name with a qualifier, rules is JSON (trial/shadow.ts).
    `CREATE TABLE shadow (
      id ${d.identity},
      account text NOT NULL,
      region text NOT NULL,
      name text NOT NULL,
      qualifier text NOT NULL,
      candidate text NOT NULL,
      rules text NOT NULL,
      is_running ${d.bigint} NOT NULL,
      created_at ${d.bigint} NOT NULL,
      UNIQUE (account, region, name, qualifier)
    )${d.strict}`,
    // What each start of each node has seen, whole: written again and again, it counts once.
    `CREATE TABLE shadow_report (
      shadow_id ${d.bigint} NOT NULL,
      node_id text NOT NULL,
      report text NOT NULL,
      PRIMARY KEY (shadow_id, node_id)
    )${d.strict}`,
    // steps and bounds are JSON (trial/promotion.ts). step: how many of the steps have been taken; due_at: when the next one is.
    `CREATE TABLE promotion (
      id ${d.identity},
      account text NOT NULL,
      region text NOT NULL,
      name text NOT NULL,
      alias text NOT NULL,
      from_version text NOT NULL,
      to_version text NOT NULL,
      steps text NOT NULL,
      bounds text NOT NULL,
      step ${d.bigint} NOT NULL,
      due_at ${d.bigint} NOT NULL,
      state text NOT NULL,
      reason text NOT NULL,
      started_at ${d.bigint} NOT NULL
    )${d.strict}`,
    // One at a time for an alias.
    "CREATE UNIQUE INDEX promotion_running ON promotion (account, region, name, alias) WHERE state = 'running'",
  ],
};
