// How a resource policy changes: the rules that functions' policies and layer versions' share. Pure.

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

export interface Addition {
  readonly statement: PolicyStatement;
  /** As demanded by the caller. */
  readonly revisionId: string | undefined;
  readonly bytesMax: number;
}

export type AdditionRefusal = "exists" | "revision-mismatch" | "too-long";

export function withStatement(
  before: Policy | undefined,
  { statement, revisionId, bytesMax }: Addition,
): readonly PolicyStatement[] | AdditionRefusal {
  if (revisionId !== undefined && revisionId !== before?.revision) return "revision-mismatch";
  if (before?.statements.some(({ Sid }) => Sid === statement.Sid)) return "exists";
  const statements = [...(before?.statements ?? []), statement];
  return new TextEncoder().encode(JSON.stringify(statements)).byteLength > bytesMax ? "too-long" : statements;
}

export interface Removal {
  readonly sid: string;
  readonly revisionId: string | undefined;
}

export type RemovalRefusal = "no-policy" | "no-such-statement" | "revision-mismatch";

export function withoutStatement(before: Policy | undefined, { sid, revisionId }: Removal): readonly PolicyStatement[] | RemovalRefusal {
  if (before === undefined) return "no-policy";
  if (revisionId !== undefined && revisionId !== before.revision) return "revision-mismatch";
  const left = before.statements.filter(({ Sid }) => Sid !== sid);
  return left.length === before.statements.length ? "no-such-statement" : left;
}

/** As GetPolicy and GetLayerVersionPolicy show it. */
export function policyText({ statements }: Policy): string {
  return JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: statements });
}
