// Statements about layers, their versions and these versions' policies.

import { proc, type Tx, type Value } from "../../../store/database.ts";
import { discardBlobs } from "../../../store/garbage.procs.ts";
import {
  type Addition,
  type AdditionRefusal,
  type Policy,
  type PolicyStatement,
  type Removal,
  type RemovalRefusal,
  withoutStatement,
  withStatement,
} from "../permission/policy-edit.ts";

export interface LayerName {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

export interface LayerVersionName extends LayerName {
  readonly number: number;
}

export interface LayerContent {
  readonly description: string;
  readonly license: string | null;
  readonly runtimes: readonly string[];
  readonly architectures: readonly string[];
  readonly codeKey: string;
  /** Base64. */
  readonly sha256: string;
  /** Bytes of the zip. */
  readonly size: number;
  readonly unzippedBytes: number;
}

export interface LayerVersion extends LayerVersionName, LayerContent {
  readonly createdMs: number;
  readonly policy: Policy | undefined;
}

interface LayerVersionRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly number: number;
  readonly created_at: number;
  readonly description: string;
  readonly license: string | null;
  readonly runtimes: string;
  readonly architectures: string;
  readonly code_key: string;
  readonly code_sha256: string;
  readonly code_size: number;
  readonly unzipped_size: number;
  readonly policy_revision: string | null;
  readonly statements: string;
}

/** The number of the new version. */
export const publishLayer = proc(
  "lambda.layer.publish",
  async (tx, { layer, content, nowMs }: { layer: LayerName; content: LayerContent; nowMs: number }): Promise<number> => {
    const [row] = await tx.query<{ id: number; last_version: number }>(
      `INSERT INTO layer (account, region, name, last_version) VALUES ($1, $2, $3, 1)
       ON CONFLICT (account, region, name) DO UPDATE SET last_version = layer.last_version + 1 RETURNING id, last_version`,
      [layer.account, layer.region, layer.name],
    );
    const { id, last_version: number } = row!;
    await tx.query(
      `INSERT INTO layer_version (layer_id, number, created_at, description, license, runtimes, architectures,
       code_key, code_sha256, code_size, unzipped_size, policy_revision, statements)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, '[]')`,
      [id, number, nowMs, content.description, content.license, ...contentValues(content)],
    );
    return number;
  },
);

export const readLayerVersion = proc("lambda.layer.read", (tx, version: LayerVersionName): Promise<LayerVersion | undefined> => {
  return versionOf(tx, version);
});

/** Newest first. */
export const listLayerVersionRows = proc("lambda.layer.list-versions", (tx, { account, region, name }: LayerName) =>
  select(tx, "account = $1 AND region = $2 AND name = $3 ORDER BY number DESC", [account, region, name]),
);

/** All versions of all layers: by name, newest first. */
export const listLayerRows = proc("lambda.layer.list", (tx, { account, region }: Omit<LayerName, "name">) =>
  select(tx, "account = $1 AND region = $2 ORDER BY name, number DESC", [account, region]),
);

/** Of the zips of all versions that an account has in a region. */
export const layerBytes = proc("lambda.layer.bytes", async (tx, { account, region }: Omit<LayerName, "name">): Promise<number> => {
  const [row] = await tx.query<{ bytes: number }>(
    `SELECT CAST(COALESCE(SUM(code_size), 0) AS bigint) AS bytes FROM layer JOIN layer_version ON layer_id = id
     WHERE account = $1 AND region = $2`,
    [account, region],
  );
  return row?.bytes ?? 0;
});

/** A version that is not there is no error. */
export const deleteLayerVersionRow = proc(
  "lambda.layer.delete-version",
  async (tx, { version, nowMs }: { version: LayerVersionName; nowMs: number }): Promise<void> => {
    const layerId = await lock(tx, version);
    if (layerId === undefined) return;
    const deleted = await tx.query<{ code_key: string }>(
      "DELETE FROM layer_version WHERE layer_id = $1 AND number = $2 RETURNING code_key",
      [layerId, version.number],
    );
    await discardBlobs(
      tx,
      deleted.map(({ code_key }) => code_key),
      nowMs,
    );
  },
);

export interface LayerPolicyChange<C> {
  readonly version: LayerVersionName;
  readonly change: C;
  readonly nextRevision: string;
}

export const addLayerStatement = proc(
  "lambda.layer.add-statement",
  (tx, { version, change, nextRevision }: LayerPolicyChange<Addition>): Promise<"changed" | "no-version" | AdditionRefusal> =>
    changePolicy(tx, { version, nextRevision }, (before) => withStatement(before, change)),
);

export const removeLayerStatement = proc(
  "lambda.layer.remove-statement",
  (tx, { version, change, nextRevision }: LayerPolicyChange<Removal>): Promise<"changed" | "no-version" | RemovalRefusal> =>
    changePolicy(tx, { version, nextRevision }, (before) => withoutStatement(before, change)),
);

async function changePolicy<Refusal extends string>(
  tx: Tx,
  { version, nextRevision }: { readonly version: LayerVersionName; readonly nextRevision: string },
  change: (before: Policy | undefined) => readonly PolicyStatement[] | Refusal,
): Promise<"changed" | "no-version" | Refusal> {
  const layerId = await lock(tx, version);
  const before = layerId === undefined ? undefined : await versionOf(tx, version);
  if (layerId === undefined || before === undefined) return "no-version";
  const after = change(before.policy);
  if (typeof after === "string") return after;
  await tx.query("UPDATE layer_version SET policy_revision = $3, statements = $4 WHERE layer_id = $1 AND number = $2", [
    layerId,
    version.number,
    after.length === 0 ? null : nextRevision,
    JSON.stringify(after),
  ]);
  return "changed";
}

async function lock(tx: Tx, { account, region, name }: LayerName): Promise<number | undefined> {
  const [row] = await tx.query<{ id: number }>(
    "UPDATE layer SET last_version = last_version WHERE account = $1 AND region = $2 AND name = $3 RETURNING id",
    [account, region, name],
  );
  return row?.id;
}

async function versionOf(tx: Tx, { account, region, name, number }: LayerVersionName): Promise<LayerVersion | undefined> {
  const [version] = await select(tx, "account = $1 AND region = $2 AND name = $3 AND number = $4", [account, region, name, number]);
  return version;
}

async function select(tx: Tx, where: string, values: readonly Value[]): Promise<readonly LayerVersion[]> {
  const rows = await tx.query<LayerVersionRow>(
    `SELECT account, region, name, number, created_at, description, license, runtimes, architectures, code_key, code_sha256, code_size,
     unzipped_size, policy_revision, statements FROM layer JOIN layer_version ON layer_id = id WHERE ${where}`,
    values,
  );
  return rows.map(fromRow);
}

function contentValues({ runtimes, architectures, codeKey, sha256, size, unzippedBytes }: LayerContent) {
  return [JSON.stringify(runtimes), JSON.stringify(architectures), codeKey, sha256, size, unzippedBytes] as const;
}

function fromRow(row: LayerVersionRow): LayerVersion {
  const { account, region, name, number, description, license, policy_revision } = row;
  return {
    account,
    region,
    name,
    number,
    createdMs: row.created_at,
    description,
    license,
    runtimes: JSON.parse(row.runtimes) as string[],
    architectures: JSON.parse(row.architectures) as string[],
    codeKey: row.code_key,
    sha256: row.code_sha256,
    size: row.code_size,
    unzippedBytes: row.unzipped_size,
    policy:
      policy_revision === null ? undefined : { revision: policy_revision, statements: JSON.parse(row.statements) as PolicyStatement[] },
  };
}
