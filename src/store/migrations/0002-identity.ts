// Who may call: access keys, roles and policies. IAM is global, so no table here knows a region.

import type { Migration } from "../migration.ts";

export const identity: Migration = {
  id: 2,
  name: "identity",
  in: "main",
  up: (d) => [
    `CREATE TABLE access_key (
      access_key_id text PRIMARY KEY,
      account text NOT NULL,
      principal_arn text NOT NULL,
      secret text NOT NULL,
      created_at ${d.bigint} NOT NULL,
      description text NOT NULL
    )${d.strict}`,
    // What session credentials are derived from: it outlives the process, so that they do.
    `CREATE TABLE access_secret (
      name text PRIMARY KEY,
      secret ${d.bytes} NOT NULL
    )${d.strict}`,
    `CREATE TABLE iam_role (
      account text NOT NULL,
      name_key text NOT NULL,
      name text NOT NULL,
      path text NOT NULL,
      role_id text NOT NULL,
      trust_policy text NOT NULL,
      description text,
      session_seconds_max ${d.bigint} NOT NULL,
      boundary_arn text,
      created_at ${d.bigint} NOT NULL,
      tags text NOT NULL,
      PRIMARY KEY (account, name_key)
    )${d.strict}`,
    `CREATE TABLE iam_policy (
      account text NOT NULL,
      name_key text NOT NULL,
      name text NOT NULL,
      path text NOT NULL,
      policy_id text NOT NULL,
      description text,
      default_version ${d.bigint} NOT NULL,
      next_version ${d.bigint} NOT NULL,
      created_at ${d.bigint} NOT NULL,
      updated_at ${d.bigint} NOT NULL,
      tags text NOT NULL,
      PRIMARY KEY (account, name_key)
    )${d.strict}`,
    `CREATE TABLE iam_policy_version (
      account text NOT NULL,
      name_key text NOT NULL,
      version ${d.bigint} NOT NULL,
      document text NOT NULL,
      created_at ${d.bigint} NOT NULL,
      PRIMARY KEY (account, name_key, version)
    )${d.strict}`,
    `CREATE TABLE iam_role_policy (
      account text NOT NULL,
      role_key text NOT NULL,
      policy_name text NOT NULL,
      document text NOT NULL,
      size ${d.bigint} NOT NULL,
      PRIMARY KEY (account, role_key, policy_name)
    )${d.strict}`,
    `CREATE TABLE iam_role_attachment (
      account text NOT NULL,
      role_key text NOT NULL,
      policy_arn text NOT NULL,
      attached_at ${d.bigint} NOT NULL,
      PRIMARY KEY (account, role_key, policy_arn)
    )${d.strict}`,
    "CREATE INDEX iam_role_attachment_policy ON iam_role_attachment (account, policy_arn)",
  ],
};
