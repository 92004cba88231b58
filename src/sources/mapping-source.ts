// What a mapping takes from, or the problem that keeps it from doing so: its function or its queue is gone, or the function's role may not
// receive any more. Asked before every batch, and by whoever shows the mapping.

import type { RolePermissions } from "../access/role-permissions.ts";
import type { FunctionCatalogue } from "../functions/catalogue.ts";
import { LATEST, type VersionRecord } from "../functions/function-record.ts";
import type { SqsQueue } from "../queues/sqs-queue.ts";
import type { SqsQueues } from "../queues/sqs-queues.ts";
import type { Mapping } from "./mapping.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#events-sqs-permissions */
const ACTIONS = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

export interface MappingSourceParts {
  readonly catalogue: Pick<FunctionCatalogue, "find">;
  readonly queues: Pick<SqsQueues, "findByArn">;
  readonly permissions: Pick<RolePermissions, "missing">;
}

export type MappingSource = { readonly queue: SqsQueue } | { readonly problem: string };

export async function findSource(mapping: Mapping, parts: MappingSourceParts): Promise<MappingSource> {
  const version = mappedVersion(mapping, parts);
  if (version === undefined) return { problem: `The function ${nameOf(mapping)} does not exist` };
  const queue = await parts.queues.findByArn(mapping.sourceArn);
  if (queue === undefined) return { problem: `The queue ${mapping.sourceArn} does not exist` };
  const problem = await missingPermission(version.settings.role, queue, parts);
  return problem === undefined ? { queue } : { problem };
}

/** AWS's words; undefined: the role may do all that is needed. */
export async function missingPermission(
  roleArn: string,
  { arn, attributes }: SqsQueue,
  { permissions }: Pick<MappingSourceParts, "permissions">,
): Promise<string | undefined> {
  const action = await permissions.missing(roleArn, ACTIONS, { arn, policy: attributes.Policy });
  return action && `The provided execution role does not have permissions to call ${action.slice("sqs:".length)} on SQS`;
}

function nameOf({ functionName, qualifier }: Mapping): string {
  return qualifier === undefined ? functionName : `${functionName}:${qualifier}`;
}

/** Whose code and role it is at present; of an alias with weights, the main one. */
export function mappedVersion(
  { account, region, functionName: name, qualifier }: Mapping,
  { catalogue }: MappingSourceParts,
): VersionRecord | undefined {
  const record = catalogue.find({ account, region, name });
  if (record === undefined || qualifier === undefined) return record?.versions.get(LATEST);
  return record.versions.get(qualifier) ?? record.versions.get(record.aliases.get(qualifier)?.version ?? "");
}
