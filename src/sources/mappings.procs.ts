// Statements about event source mappings.

import { proc, type Row, type Tx } from "../store/database.ts";
import type { Mapping, MappingKey, MappingSettings } from "./mapping.ts";

/** Woken by every change of any of them. */
export const MAPPINGS_TOPIC = "lambda.event-source-mapping";

interface MappingRow extends Row {
  readonly uuid: string;
  readonly account: string;
  readonly region: string;
  readonly function_name: string;
  readonly qualifier: string;
  readonly source_arn: string;
  readonly is_enabled: number;
  readonly settings: string;
  readonly tags: string;
  readonly revision: number;
  readonly modified_at: number;
}

const COLUMNS = "uuid, account, region, function_name, qualifier, source_arn, is_enabled, settings, tags, revision, modified_at";

export interface Taken {
  /** Of the mapping that joins this function and this source already. */
  readonly takenBy: string;
}

export const insertMapping = proc("sources.mapping.insert", async (tx, mapping: Mapping): Promise<"inserted" | Taken> => {
  const inserted = await tx.query(
    `INSERT INTO event_source_mapping (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (account, region, function_name, qualifier, source_arn) DO NOTHING RETURNING uuid`,
    [...keyOf(mapping), ...contentOf(mapping)],
  );
  tx.wake(MAPPINGS_TOPIC);
  return inserted.length > 0 ? "inserted" : { takenBy: (await uuidOf(tx, mapping)) ?? mapping.uuid };
});

/** Replaces the one that has the revision before. "changed": somebody was faster. */
export const updateMapping = proc("sources.mapping.update", async (tx, mapping: Mapping): Promise<"updated" | "changed" | Taken> => {
  const other = await uuidOf(tx, mapping);
  if (other !== undefined && other !== mapping.uuid) return { takenBy: other };
  const updated = await tx.query(
    `UPDATE event_source_mapping SET function_name = $4, qualifier = $5, source_arn = $6, is_enabled = $7, settings = $8, tags = $9,
       revision = $10, modified_at = $11
     WHERE uuid = $1 AND account = $2 AND region = $3 AND revision = $12 RETURNING uuid`,
    [...keyOf(mapping), ...contentOf(mapping), mapping.revision - 1],
  );
  tx.wake(MAPPINGS_TOPIC);
  return updated.length > 0 ? "updated" : "changed";
});

export const deleteMapping = proc(
  "sources.mapping.delete",
  async (tx, { uuid, account, region }: MappingKey): Promise<Mapping | undefined> => {
    const [row] = await tx.query<MappingRow>(
      `DELETE FROM event_source_mapping WHERE uuid = $1 AND account = $2 AND region = $3 RETURNING ${COLUMNS}`,
      [uuid, account, region],
    );
    tx.wake(MAPPINGS_TOPIC);
    return row && mappingOf(row);
  },
);

export const readMapping = proc("sources.mapping.read", async (tx, { uuid, account, region }: MappingKey): Promise<Mapping | undefined> => {
  const [row] = await tx.query<MappingRow>(`SELECT ${COLUMNS} FROM event_source_mapping WHERE uuid = $1 AND account = $2 AND region = $3`, [
    uuid,
    account,
    region,
  ]);
  return row && mappingOf(row);
});

/** In order of uuid. */
export const listMappings = proc(
  "sources.mapping.list",
  async (tx, { account, region }: Pick<MappingKey, "account" | "region">): Promise<readonly Mapping[]> => {
    const rows = await tx.query<MappingRow>(`SELECT ${COLUMNS} FROM event_source_mapping WHERE account = $1 AND region = $2`, [
      account,
      region,
    ]);
    return rows.map(mappingOf).toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1)); // each database has a collation of its own
  },
);

export const enabledMappings = proc("sources.mapping.enabled", async (tx): Promise<readonly Mapping[]> => {
  return (await tx.query<MappingRow>(`SELECT ${COLUMNS} FROM event_source_mapping WHERE is_enabled = 1`)).map(mappingOf);
});

async function uuidOf(tx: Tx, { account, region, functionName, qualifier, sourceArn }: Mapping): Promise<string | undefined> {
  const [row] = await tx.query<{ uuid: string }>(
    `SELECT uuid FROM event_source_mapping
     WHERE account = $1 AND region = $2 AND function_name = $3 AND qualifier = $4 AND source_arn = $5`,
    [account, region, functionName, qualifier ?? "", sourceArn],
  );
  return row?.uuid;
}

function keyOf({ uuid, account, region }: Mapping): readonly string[] {
  return [uuid, account, region];
}

function contentOf(mapping: Mapping): readonly (string | number)[] {
  const { functionName, qualifier, sourceArn, isEnabled, settings, tags, revision, modifiedMs } = mapping;
  const texts = [functionName, qualifier ?? "", sourceArn];
  return [...texts, isEnabled ? 1 : 0, JSON.stringify(settings), JSON.stringify(tags), revision, modifiedMs];
}

function mappingOf(row: MappingRow): Mapping {
  return {
    uuid: row.uuid,
    account: row.account,
    region: row.region,
    functionName: row.function_name,
    qualifier: row.qualifier === "" ? undefined : row.qualifier,
    sourceArn: row.source_arn,
    isEnabled: row.is_enabled === 1,
    settings: JSON.parse(row.settings) as MappingSettings, // written by this program
    tags: JSON.parse(row.tags) as Record<string, string>,
    revision: row.revision,
    modifiedMs: row.modified_at,
  };
}
