// Several nodes on one database: who they are, which of them has a task that one alone may have, and how each notices what others have changed.

import type { Migration } from "../migration.ts";

export const nodes: Migration = {
  id: 13,
  name: "nodes",
  in: "main",
  up: (d) => [
    // A row counts until expires_at, by the database's clock. slot: a small number that no two nodes have at one time.
    `CREATE TABLE node (
      id text PRIMARY KEY,
      slot ${d.bigint} NOT NULL UNIQUE,
      address text NOT NULL,
      endpoint text NOT NULL,
      roles text NOT NULL,
      program text NOT NULL,
      room ${d.bigint} NOT NULL,
      is_draining ${d.bigint} NOT NULL,
      catalogue_version ${d.bigint} NOT NULL,
      started_at ${d.bigint} NOT NULL,
      expires_at ${d.bigint} NOT NULL
    )${d.strict}`,
    // fence grows with every change of holder: a holder that has lost its lease without noticing has a smaller one.
    `CREATE TABLE role_lease (
      name text PRIMARY KEY,
      node_id text NOT NULL,
      fence ${d.bigint} NOT NULL,
      expires_at ${d.bigint} NOT NULL
    )${d.strict}`,
    // One row, the lock under which the catalogue changes: so its numbers become visible in their order.
    `CREATE TABLE catalogue (
      id ${d.bigint} PRIMARY KEY,
      version ${d.bigint} NOT NULL
    )${d.strict}`,
    "INSERT INTO catalogue (id, version) VALUES (1, 0)",
    `ALTER TABLE functions ADD COLUMN changed_in ${d.bigint} NOT NULL DEFAULT 0`,
    "CREATE INDEX functions_changed ON functions (changed_in)",
    // Of the catalogue, when the limit was derived from it: an older one never replaces a newer one.
    `ALTER TABLE permit_limit ADD COLUMN version ${d.bigint} NOT NULL DEFAULT 0`,
  ],
};
