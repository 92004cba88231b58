// Statements about resource policies: one row per function and qualifier, its policy statements as a JSON array.

import { beginChange } from "../../../functions/catalogue.procs.ts";
import { URL_TOPIC } from "../../../functions/function-urls.procs.ts";
import { proc, type Tx } from "../../../store/database.ts";
import {
  type Addition,
  type AdditionRefusal,
  type Policy,
  type PolicyStatement,
  type Removal,
  type RemovalRefusal,
  withoutStatement,
  withStatement,
} from "./policy-edit.ts";

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

export interface AddStatement extends PolicyKey, Addition {
  readonly nextRevision: string;
}

export type AddOutcome = "added" | "gone" | AdditionRefusal;

export const addStatement = proc("lambda.policy.add", async (tx, args: AddStatement): Promise<AddOutcome> => {
  if ((await beginChange(tx, args.functionId)) === undefined) return "gone";
  const statements = withStatement(await policyOf(tx, args), args);
  if (typeof statements === "string") return statements;
  await tx.query(
    `INSERT INTO function_policy (function_id, qualifier, revision, statements) VALUES ($1, $2, $3, $4)
     ON CONFLICT (function_id, qualifier) DO UPDATE SET revision = excluded.revision, statements = excluded.statements`,
    [args.functionId, args.qualifier, args.nextRevision, JSON.stringify(statements)],
  );
  tx.wake(URL_TOPIC);
  return "added";
});

export interface RemoveStatement extends PolicyKey, Removal {
  readonly nextRevision: string;
}

const UPDATE = "UPDATE function_policy SET revision = $3, statements = $4 WHERE function_id = $1 AND qualifier = $2";

export type RemoveOutcome = "removed" | "gone" | RemovalRefusal;

export const removeStatement = proc("lambda.policy.remove", async (tx, args: RemoveStatement): Promise<RemoveOutcome> => {
  if ((await beginChange(tx, args.functionId)) === undefined) return "gone";
  const left = withoutStatement(await policyOf(tx, args), args);
  if (typeof left === "string") return left;
  const key = [args.functionId, args.qualifier] as const;
  if (left.length === 0) await tx.query("DELETE FROM function_policy WHERE function_id = $1 AND qualifier = $2", key);
  else await tx.query(UPDATE, [...key, args.nextRevision, JSON.stringify(left)]);
  tx.wake(URL_TOPIC);
  return "removed";
});

async function policyOf(tx: Tx, { functionId, qualifier }: PolicyKey): Promise<Policy | undefined> {
  const [row] = await tx.query<PolicyRow>("SELECT revision, statements FROM function_policy WHERE function_id = $1 AND qualifier = $2", [
    functionId,
    qualifier,
  ]);
  return row && { revision: row.revision, statements: JSON.parse(row.statements) as PolicyStatement[] };
}
