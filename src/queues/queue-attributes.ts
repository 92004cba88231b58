// THE TABLE of SQS's queue attributes: which can be set, their ranges and defaults, and what they mean for the queue below.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

import type { QueueSettings } from "../store/queue/queue.ts";

export type Attributes = Readonly<Record<string, string>>;

interface Kind {
  /** undefined: the queue has none unless it is set. */
  readonly initial?: string;
  /** Whole numbers, from and to. */
  readonly range?: readonly [number, number];
  readonly values?: readonly string[];
  readonly isFifoOnly?: boolean;
}

const FLAG = ["true", "false"] as const;

export const MESSAGE_BYTES_MAX = 1_048_576;

export const settable: Readonly<Record<string, Kind>> = {
  VisibilityTimeout: { initial: "30", range: [0, 43_200] },
  MaximumMessageSize: { initial: String(MESSAGE_BYTES_MAX), range: [1_024, MESSAGE_BYTES_MAX] },
  MessageRetentionPeriod: { initial: "345600", range: [60, 1_209_600] },
  DelaySeconds: { initial: "0", range: [0, 900] },
  ReceiveMessageWaitTimeSeconds: { initial: "0", range: [0, 20] },
  Policy: {},
  RedrivePolicy: {},
  RedriveAllowPolicy: {},
  // AWS: kept and shown, and nothing is encrypted.
  SqsManagedSseEnabled: { initial: "true", values: FLAG },
  FifoQueue: { values: FLAG, isFifoOnly: true },
  ContentBasedDeduplication: { initial: "false", values: FLAG, isFifoOnly: true },
  DeduplicationScope: { initial: "queue", values: ["messageGroup", "queue"], isFifoOnly: true },
  FifoThroughputLimit: { initial: "perQueue", values: ["perQueue", "perMessageGroupId"], isFifoOnly: true },
};

/** Its value, or AWS's default. undefined: such a queue has none. */
export function attributeOf({ attributes, isFifo }: { readonly attributes: Attributes; readonly isFifo: boolean }, name: string) {
  const kind = settable[name];
  if (kind?.isFifoOnly === true && !isFifo) return undefined;
  return attributes[name] ?? kind?.initial;
}

export function numberOf(queue: { readonly attributes: Attributes; readonly isFifo: boolean }, name: string): number {
  return Number(attributeOf(queue, name));
}

export interface RedrivePolicy {
  readonly targetArn: string;
  readonly receivesMax: number;
}

/** undefined: none, or none that can be understood; what is kept was checked when it was set. */
export function redriveOf(attributes: Attributes): RedrivePolicy | undefined {
  const policy = jsonObject(attributes.RedrivePolicy);
  if (typeof policy?.deadLetterTargetArn !== "string") return undefined;
  return { targetArn: policy.deadLetterTargetArn, receivesMax: Number(policy.maxReceiveCount) };
}

/** Whether the owner of these attributes may get dead letters of the queue `sourceArn`. */
export function allowsRedriveFrom(attributes: Attributes, sourceArn: string): boolean {
  const policy = jsonObject(attributes.RedriveAllowPolicy);
  if (policy?.redrivePermission === "denyAll") return false;
  if (policy?.redrivePermission !== "byQueue") return true;
  return Array.isArray(policy.sourceQueueArns) && policy.sourceQueueArns.includes(sourceArn);
}

/** undefined: the text is no JSON object. */
export function jsonObject(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function settingsOf(attributes: Attributes, isFifo: boolean, deadLetter: QueueSettings["deadLetter"]): QueueSettings {
  const queue = { attributes, isFifo };
  return {
    isFifo,
    visibilityMs: numberOf(queue, "VisibilityTimeout") * 1_000,
    delayMs: numberOf(queue, "DelaySeconds") * 1_000,
    retentionMs: numberOf(queue, "MessageRetentionPeriod") * 1_000,
    deadLetter,
  };
}
