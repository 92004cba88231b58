// The function and the queue that a mapping joins, and AWS's refusals where one of them is missing or they do not fit.

import type { VersionRecord } from "../../../functions/function-record.ts";
import { parseFunctionName, qualifiedArn } from "../../../functions/name.ts";
import { numberOf } from "../../../queues/queue-attributes.ts";
import type { SqsQueue } from "../../../queues/sqs-queue.ts";
import type { Mapping, MappingKey } from "../../../sources/mapping.ts";
import { missingPermission } from "../../../sources/mapping-source.ts";
import { sourceOf } from "../../../sources/sources.ts";
import type { Call } from "../../../wire/call.ts";
import { versionOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter, notFound } from "../refusals.ts";

export interface MappedFunction {
  readonly functionName: string;
  readonly qualifier: string | undefined;
  readonly version: VersionRecord;
}

/** Waits until the function has settled. */
export async function mappedFunction(lambda: Lambda, call: Call, operation: string, text: string): Promise<MappedFunction> {
  const named = parseFunctionName(call, `lambda:${operation}`, text);
  const known = lambda.catalogue.find(named);
  if (known !== undefined) await lambda.settling.wait(known);
  const record = lambda.catalogue.find(named);
  const { name, qualifier } = named;
  const isThere = record !== undefined && (qualifier === undefined || record.versions.has(qualifier) || record.aliases.has(qualifier));
  if (!isThere) throw invalidParameter("Function does not exist");
  return { functionName: name, qualifier, version: versionOf({ named, record }) };
}

/** Throws where lambent, or Lambda, does not poll such a source. */
export function checkSource(arn: string | undefined, isSelfManaged: boolean): string {
  if (isSelfManaged) throw notServed("self-managed Apache Kafka");
  const source = arn === undefined ? undefined : sourceOf(arn);
  if (arn === undefined || source === undefined) throw invalidParameter("Unrecognized event source.");
  if ("notServed" in source) throw notServed(source.notServed);
  return arn;
}

function notServed(source: string) {
  return invalidParameter(`lambent does not support event sources of ${source} yet.`);
}

export async function mappedQueue(lambda: Lambda, arn: string): Promise<SqsQueue> {
  const queue = await lambda.queues.findByArn(arn);
  if (queue !== undefined) return queue;
  throw invalidParameter(
    "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
  );
}

export async function checkPermission(queue: SqsQueue, { settings: { role } }: VersionRecord, lambda: Lambda): Promise<void> {
  const problem = await missingPermission(role, queue, lambda);
  if (problem !== undefined) throw invalidParameter(problem);
}

/** A message must not come again while the function is at it. */
export function checkVisibility(queue: SqsQueue, { settings: { timeoutS } }: VersionRecord): void {
  const visibilityS = numberOf(queue, "VisibilityTimeout");
  if (visibilityS < timeoutS) {
    throw invalidParameter(`Queue visibility timeout: ${visibilityS} seconds is less than Function timeout: ${timeoutS} seconds`);
  }
}

export function mappedArn({ account, region, functionName: name, qualifier }: Mapping): string {
  return qualifiedArn({ account, region, name }, qualifier);
}

export function keyOf({ account, region }: Call, uuid: string): MappingKey {
  return { account, region, uuid };
}

export function noMapping() {
  return notFound("The resource you requested does not exist.");
}
