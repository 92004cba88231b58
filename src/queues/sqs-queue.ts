// One queue of SQS, as all rooms see it, and the names by which it is found.

import type { Attributes } from "./queue-attributes.ts";

export interface QueuePlace {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

export interface SqsQueue extends QueuePlace {
  /** Of the queue in the store; a queue that is made anew has another one. */
  readonly id: number;
  readonly arn: string;
  readonly isFifo: boolean;
  /** Those that were set. */
  readonly attributes: Attributes;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

/** Every queue of SQS has this kind in the store. */
export const SQS_KIND = "sqs";

const ARN = /^arn:aws[a-z-]*:sqs:([a-z0-9-]+):(\d{12}):([a-zA-Z0-9_-]{1,80}|[a-zA-Z0-9_-]{1,75}\.fifo)$/;

/** AWS: the partition is always "aws". */
export function queueArn({ account, region, name }: QueuePlace): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

/** undefined: it is no queue's ARN. */
export function placeOfArn(arn: string): QueuePlace | undefined {
  const [, region, account, name] = ARN.exec(arn) ?? [];
  return region === undefined || account === undefined || name === undefined ? undefined : { account, region, name };
}

export function isFifoName(name: string): boolean {
  return name.endsWith(".fifo");
}
