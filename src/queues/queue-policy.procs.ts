// AddPermission's and RemovePermission's view of a queue's policy: one statement per label.

import { proc } from "../store/database.ts";
import { forUpdate } from "../store/queue/queue-row.ts";
import { type Attributes, jsonObject } from "./queue-attributes.ts";
import { QUEUES_TOPIC } from "./sqs-queues.procs.ts";

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: { readonly AWS: string | readonly string[] };
  readonly Action: string | readonly string[];
  readonly Resource: string;
}

interface Policy {
  readonly Version: string;
  readonly Id?: string;
  readonly Statement: readonly { readonly Sid?: string }[];
}

export interface ChangePolicy {
  readonly queueId: number;
  readonly arn: string;
  readonly label: string;
  /** undefined: the statement of this label goes. */
  readonly statement: PolicyStatement | undefined;
  readonly nowMs: number;
}

/** undefined: there is no such queue. */
export const changePolicy = proc(
  "queues.change-policy",
  async (tx, { queueId, arn, label, statement, nowMs }: ChangePolicy): Promise<"changed" | "label-taken" | "no-label" | undefined> => {
    const [row] = await tx.query<{ attributes: string }>(
      `SELECT attributes FROM sqs_queue WHERE queue_id = $1 ${forUpdate(tx, "FOR UPDATE")}`,
      [queueId],
    );
    if (row === undefined) return undefined;
    const attributes = JSON.parse(row.attributes) as Attributes;
    const before = policyOf(attributes.Policy, arn);
    const hasLabel = before.Statement.some(({ Sid }) => Sid === label);
    if (statement !== undefined && hasLabel) return "label-taken";
    if (statement === undefined && !hasLabel) return "no-label";
    const others = before.Statement.filter(({ Sid }) => Sid !== label);
    const Statement = statement === undefined ? others : [...others, statement];
    const { Policy: _, ...rest } = attributes;
    const after = Statement.length === 0 ? rest : { ...rest, Policy: JSON.stringify({ ...before, Statement }) };
    await tx.query("UPDATE sqs_queue SET attributes = $2, modified_at = $3 WHERE queue_id = $1", [queueId, JSON.stringify(after), nowMs]);
    tx.wake(QUEUES_TOPIC);
    return "changed";
  },
);

function policyOf(text: string | undefined, arn: string): Policy {
  const given = jsonObject(text) as Policy | undefined;
  if (given === undefined) return { Version: "2008-10-17", Id: `${arn}/SQSDefaultPolicy`, Statement: [] };
  return { ...given, Statement: Array.isArray(given.Statement) ? given.Statement : [given.Statement] };
}
