// What a queue can do, whoever uses it: SQS, asynchronous invocations, events on their way. At least once, ordered within FIFO groups.

import type { BlobRef } from "../blobs.ts";

export interface QueueName {
  readonly account: string;
  readonly region: string;
  /** Queues of one kind share names: "sqs", "async". */
  readonly kind: string;
  readonly name: string;
}

export interface QueueSettings {
  readonly isFifo: boolean;
  readonly visibilityMs: number;
  readonly delayMs: number;
  readonly retentionMs: number;
  /** Where a message goes when it has been received `receivesMax` times and is due again. */
  readonly deadLetter?: { readonly queueId: number; readonly receivesMax: number } | undefined;
}

export interface Outgoing {
  /** Text without U+0000. */
  readonly body: string;
  /** Whatever the queue's user keeps beside the body, as JSON. */
  readonly attributes?: string | undefined;
  /** The queue's own when absent. A FIFO queue knows no other. */
  readonly delayMs?: number | undefined;
  /** FIFO only, and needed there. */
  readonly groupId?: string | undefined;
  readonly dedupId?: string | undefined;
  /** Bytes that stand for the body, which is "" then. */
  readonly blobKey?: BlobRef["key"] | undefined;
}

export interface Sent {
  /** Grows within a FIFO group in the order of commits. */
  readonly id: number;
  /** FIFO: a message with this dedupId was sent within the last 5 minutes; `id` is its. */
  readonly isDuplicate: boolean;
}

/** Names one lease of a message. The next lease has another one. */
export interface Receipt {
  readonly id: number;
  readonly receiveCount: number;
}

export interface Received extends Receipt {
  readonly groupId: string | null;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  /** The queue that this message came from as a dead letter. */
  readonly sourceId: number | null;
  readonly attributes: string | null;
  readonly body: string;
}

export interface ReceiveOptions {
  readonly max: number;
  /** How long nobody else gets them; the queue's own when absent. */
  readonly visibilityMs?: number | undefined;
  /** How long to wait for the first message. */
  readonly waitMs?: number | undefined;
  /** Removed in the same transaction, as by `removeDone`: a dispatcher that works through a queue pays one commit per round. */
  readonly done?: readonly Receipt[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** When they were counted. */
  readonly asOfMs: number;
}

/** All methods reject with NoSuchQueue when the queue is gone, else with StoreError. */
export interface Queues {
  /** Resolves when the messages are on disk; answers in the order of `items`. */
  send(queueId: number, items: readonly Outgoing[]): Promise<readonly Sent[]>;
  receive(queueId: number, options: ReceiveOptions): Promise<readonly Received[]>;
  /** False where the receipt is no longer the message's, or the message is gone. */
  remove(queueId: number, receipts: readonly Receipt[]): Promise<readonly boolean[]>;
  /** The same for who works through a queue and answers nobody: a power cut within a tenth of a second brings them back. */
  removeDone(queueId: number, receipts: readonly Receipt[]): Promise<readonly boolean[]>;
  /** From now on. 0 releases. False as for remove, and where the message is not in flight any more. */
  changeVisibility(queueId: number, changes: readonly (Receipt & { readonly visibilityMs: number })[]): Promise<readonly boolean[]>;
  /** Of which nobody has heard: they are there again at once, as if they had never been received. */
  giveBack(queueId: number, receipts: readonly Receipt[]): Promise<void>;
  /** The first messages that could be received now, without taking them. */
  peek(queueId: number, max: number): Promise<readonly Received[]>;
  /** Of a deep queue a few seconds old: counting it takes its time. */
  counts(queueId: number): Promise<QueueCounts>;
  /** Deletes what is there now, also what is in flight. */
  purge(queueId: number): Promise<void>;
  close(): Promise<void>;
}

export class NoSuchQueue extends Error {
  constructor(queueId: number) {
    super(`there is no queue ${queueId}`);
    this.name = "NoSuchQueue";
  }
}

/** The topic that wakes whoever waits for messages of a queue. */
export function queueTopic(queueId: number): string {
  return `queue.${queueId}`;
}
