// Statements about resource policies: one row per function and qualifier, its policy statements as a JSON array.

import { beginChange } from "../../../functions/catalogue.procs.ts";
import { proc, type Tx } from "../../../store/database.ts";

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: string | Readonly<Record<string, string>>;
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Policy {
  readonly revision: string;
  readonly statements: readonly PolicyStatement[];
}

interface PolicyRow {
  readonly revision: string;
  readonly statements: string;
}

export interface PolicyKey {
  readonly functionId: number;
  /** "" is the unqualified function. */
  readonly qualifier: string;
}

export const readPolicy = proc("lambda.policy.read", (tx, key: PolicyKey): Promise<Policy | undefined> => policyOf(tx, key));

export interface AddStatement extends PolicyKey {
  readonly statement: PolicyStatement;
  /** As demanded by the caller. */
  readonly revisionId: string | undefined;
  readonly nextRevision: string;
  readonly bytesMax: number;
}

export type AddOutcome = "added" | "gone" | "exists" | "revision-mismatch" | "too-long";

export const addStatement = proc("lambda.policy.add", async (tx, args: AddStatement): Promise<AddOutcome> => {
  if ((await beginChange(tx, args.functionId)) === undefined) return "gone";
  const before = await policyOf(tx, args);
  if (args.revisionId !== undefined && args.revisionId !== before?.revision) return "revision-mismatch";
  if (before?.statements.some(({ Sid }) => Sid === args.statement.Sid)) return "exists";
  const statements = JSON.stringify([...(before?.statements ?? []), args.statement]);
  if (new TextEncoder().encode(statements).byteLength > args.bytesMax) return "too-long";
  await tx.query(
    `INSERT INTO function_policy (function_id, qualifier, revision, statements) VALUES ($1, $2, $3, $4)
     ON CONFLICT (function_id, qualifier) DO UPDATE SET revision = excluded.revision, statements = excluded.statements`,
    [args.functionId, args.qualifier, args.nextRevision, statements],
  );
  return "added";
});

export interface RemoveStatement extends PolicyKey {
  readonly sid: string;
  readonly revisionId: string | undefined;
  readonly nextRevision: string;
}

const UPDATE = "UPDATE function_policy SET revision = $3, statements = $4 WHERE function_id = $1 AND qualifier = $2";

export type RemoveOutcome = "removed" | "gone" | "no-policy" | "no-such-statement" | "revision-mismatch";

export const removeStatement = proc("lambda.policy.remove", async (tx, args: RemoveStatement): Promise<RemoveOutcome> => {
  if ((await beginChange(tx, args.functionId)) === undefined) return "gone";
  const before = await policyOf(tx, args);
  if (before === undefined) return "no-policy";
  if (args.revisionId !== undefined && args.revisionId !== before.revision) return "revision-mismatch";
  const left = before.statements.filter(({ Sid }) => Sid !== args.sid);
  if (left.length === before.statements.length) return "no-such-statement";
  const key = [args.functionId, args.qualifier] as const;
  if (left.length === 0) await tx.query("DELETE FROM function_policy WHERE function_id = $1 AND qualifier = $2", key);
  else await tx.query(UPDATE, [...key, args.nextRevision, JSON.stringify(left)]);
  return "removed";
});

async function policyOf(tx: Tx, { functionId, qualifier }: PolicyKey): Promise<Policy | undefined> {
  const [row] = await tx.query<PolicyRow>("SELECT revision, statements FROM function_policy WHERE function_id = $1 AND qualifier = $2", [
    functionId,
    qualifier,
  ]);
  return row && { revision: row.revision, statements: JSON.parse(row.statements) as PolicyStatement[] };
}
