// A message of SQS: what is kept of it beside its body, and how it is shown to who receives it.

import { hash } from "node:crypto";
import type { Outgoing, Receipt, Received } from "../store/queue/queue.ts";
import { type KeptAttribute, keepAttributes, type MessageAttributes, md5OfAttributes, readAttributes } from "./message-attributes.ts";
import { attributeOf } from "./queue-attributes.ts";
import { handleText } from "./receipt-handle.ts";
import type { SqsQueue } from "./sqs-queue.ts";

export interface OutgoingMessage {
  readonly body: string;
  readonly senderId: string;
  readonly attributes?: MessageAttributes | undefined;
  readonly traceHeader?: string | undefined;
  /** The queue's own when absent. */
  readonly delayMs?: number | undefined;
  /** Needed in FIFO queues. */
  readonly groupId?: string | undefined;
  /** Needed in FIFO queues, but for those that make it from the body. */
  readonly dedupId?: string | undefined;
}

export interface SentMessage {
  readonly messageId: string;
  /** FIFO queues only. */
  readonly sequenceNumber?: string | undefined;
}

export interface SqsMessage {
  readonly receipt: Receipt;
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly attributes: MessageAttributes;
  readonly md5OfAttributes: string | undefined;
  /** By AWS's names; times in ms, all as texts. */
  readonly systemAttributes: Readonly<Record<string, string>>;
}

/** What the store keeps beside the body, as JSON; short names, since every message has them. */
interface Kept {
  /** Sender. */
  readonly s: string;
  readonly t?: string | undefined;
  readonly a?: Readonly<Record<string, KeptAttribute>> | undefined;
  /** Group of a message in a standard queue: FIFO queues keep it in a column. */
  readonly g?: string | undefined;
  readonly d?: string | undefined;
}

export function outgoing(queue: SqsQueue, message: OutgoingMessage): Outgoing {
  const { body, delayMs, groupId } = message;
  const dedupId = queue.isFifo ? (message.dedupId ?? hash("sha256", body)) : undefined;
  const kept: Kept = {
    s: message.senderId,
    t: message.traceHeader,
    a: message.attributes && keepAttributes(message.attributes),
    g: queue.isFifo ? undefined : groupId,
    d: dedupId,
  };
  const attributes = JSON.stringify(kept);
  if (dedupId === undefined || groupId === undefined) return { body, attributes, delayMs };
  return { body, attributes, groupId, dedupId: scopedDedupId(queue, groupId, dedupId) };
}

/** Neither may hold a space. */
function scopedDedupId(queue: SqsQueue, groupId: string, dedupId: string): string {
  return attributeOf(queue, "DeduplicationScope") === "messageGroup" ? `${groupId} ${dedupId}` : dedupId;
}

/**
 * Made from the message's number, not kept: a duplicate is answered with the id of the first, also when that is gone. The salt makes ids of
 * two installations differ.
 */
export function messageIdOf(id: number, salt: string): string {
  const hex = hash("md5", `${salt}.${id}`);
  const variant = "89ab"[Number.parseInt(hex[16]!, 16) & 3]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** 20 digits that grow within a group. */
export function sequenceNumberOf(id: number): string {
  return `188${String(id).padStart(17, "0")}`;
}

export interface Shown {
  readonly queue: SqsQueue;
  readonly salt: string;
  readonly receivedAtMs: number;
  /** Of the queue that a dead letter came from. */
  readonly sourceArn: string | undefined;
}

export function shownMessage(received: Received, { queue, salt, receivedAtMs, sourceArn }: Shown): SqsMessage {
  const { id, receiveCount, body } = received;
  const kept = JSON.parse(received.attributes ?? '{"s":""}') as Kept; // written by this program
  const attributes = kept.a === undefined ? {} : readAttributes(kept.a);
  return {
    receipt: { id, receiveCount },
    messageId: messageIdOf(id, salt),
    receiptHandle: handleText({ queueId: queue.id, id, receiveCount, receivedAtMs }, salt),
    body,
    md5OfBody: md5Of(body),
    attributes,
    md5OfAttributes: md5OfAttributes(attributes),
    systemAttributes: systemAttributes(received, kept, { queue, sourceArn }),
  };
}

function systemAttributes(received: Received, kept: Kept, { queue, sourceArn }: Pick<Shown, "queue" | "sourceArn">) {
  const groupId = received.groupId ?? kept.g;
  const all: Record<string, string | undefined> = {
    SenderId: kept.s,
    ApproximateFirstReceiveTimestamp: String(received.firstReceivedAtMs),
    ApproximateReceiveCount: String(received.receiveCount),
    SentTimestamp: String(received.sentAtMs),
    SequenceNumber: queue.isFifo ? sequenceNumberOf(received.id) : undefined,
    MessageDeduplicationId: kept.d,
    MessageGroupId: groupId,
    AWSTraceHeader: kept.t,
    DeadLetterQueueSourceArn: sourceArn,
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

export function md5Of(text: string): string {
  return hash("md5", text);
}
