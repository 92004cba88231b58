// SQS's queues as one object, for its API and for whoever else sends to a queue or takes from one: event source mappings, deliveries.
// Queues are remembered by name; whoever changes one wakes all who remember.

import type { Database } from "../store/database.ts";
import { NoSuchQueue, type QueueCounts, type Queues, queueTopic, type Receipt, type Received } from "../store/queue/queue.ts";
import { batchesOf, requestsOf } from "./billed-requests.ts";
import { InFlight } from "./in-flight.ts";
import {
  messageIdOf,
  type OutgoingMessage,
  outgoing,
  type SentMessage,
  type SqsMessage,
  sequenceNumberOf,
  shownMessage,
} from "./message.ts";
import { cancelMove, listMoves, type MoveTask, type StartMove, startMove } from "./move-tasks.procs.ts";
import { type ChangePolicy, changePolicy } from "./queue-policy.procs.ts";
import { type Handle, readHandle } from "./receipt-handle.ts";
import { placeOfArn, type QueuePlace, queueArn, type SqsQueue } from "./sqs-queue.ts";
import {
  beginPurge,
  type ChangeSqsQueue,
  type Created,
  type CreateSqsQueue,
  changeSqsQueue,
  createSqsQueue,
  type DeadLetterRefusal,
  deleteSqsQueue,
  findSqsQueue,
  installationSalt,
  type ListSqsQueues,
  listSqsQueues,
  type MessageState,
  messageState,
  placeOfQueue,
  QUEUES_TOPIC,
  type TagSqsQueue,
  tagSqsQueue,
} from "./sqs-queues.procs.ts";

const REMEMBERED_MAX = 10_000;

export interface SqsQueuesParts {
  readonly database: Database;
  readonly queues: Queues;
  readonly bus: { subscribe(topic: string, listener: () => void): () => void };
  readonly random: { hex(bytes: number): string };
  /** A failure in the background, after its caller was answered. */
  readonly onError: (error: unknown) => void;
}

export interface ReceiveOptions {
  readonly max: number;
  /** The queue's own when absent. */
  readonly visibilityMs?: number | undefined;
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What AWS bills as requests. */
export type RequestListener = (queue: SqsQueue, requests: number) => void;

/** All that touch messages reject with NoSuchQueue when the queue is gone, and with StoreError. */
export class SqsQueues {
  readonly #parts: SqsQueuesParts;
  readonly #remembered = new Map<string, SqsQueue>();
  readonly #sourceArns = new Map<number, string | undefined>();
  readonly #inFlight: InFlight;
  readonly #stopListening: () => void;
  /** Grows when what is remembered may be wrong: an answer that was asked for earlier is not kept. */
  #generation = 0;
  #salt: Promise<string> | undefined;
  #emptying: Promise<void> = Promise.resolve();
  #onRequests: RequestListener = () => {};

  constructor(parts: SqsQueuesParts) {
    this.#parts = parts;
    this.#inFlight = new InFlight(parts.database);
    this.#stopListening = parts.bus.subscribe(QUEUES_TOPIC, () => this.forget());
  }

  /** From now on; there is one listener. */
  countRequests(listener: RequestListener): void {
    this.#onRequests = listener;
  }

  async find(place: QueuePlace): Promise<SqsQueue | undefined> {
    const key = `${place.account} ${place.region} ${place.name}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const generation = this.#generation;
    const found = await this.#parts.database.read(findSqsQueue, { account: place.account, region: place.region, name: place.name });
    if (found === undefined || generation !== this.#generation) return found;
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(key, found);
    return found;
  }

  /** undefined: there is no such queue, or the ARN is no queue's. */
  async findByArn(arn: string): Promise<SqsQueue | undefined> {
    const place = placeOfArn(arn);
    return place && this.find(place);
  }

  async create(args: CreateSqsQueue): Promise<Created> {
    return this.#change(await this.#parts.database.run(createSqsQueue, args));
  }

  /** undefined: there is no such queue. */
  async change(args: ChangeSqsQueue): Promise<"changed" | DeadLetterRefusal | undefined> {
    return this.#change(await this.#parts.database.run(changeSqsQueue, args));
  }

  async tag(args: TagSqsQueue): Promise<"tagged" | "too-many" | undefined> {
    return this.#change(await this.#parts.database.run(tagSqsQueue, args));
  }

  async changePolicy(args: ChangePolicy): Promise<"changed" | "label-taken" | "no-label" | undefined> {
    return this.#change(await this.#parts.database.run(changePolicy, args));
  }

  startMove(args: StartMove): Promise<"started" | "running" | "no-dead-letters"> {
    return this.#parts.database.run(startMove, args);
  }

  /** undefined: there is no such task of this queue. Its status tells whether it is being cancelled. */
  cancelMove(id: string, { arn }: SqsQueue): Promise<MoveTask | undefined> {
    return this.#parts.database.run(cancelMove, { id, sourceArn: arn });
  }

  /** The latest first. */
  moves({ id: sourceId }: SqsQueue, limit: number): Promise<readonly MoveTask[]> {
    return this.#parts.database.read(listMoves, { sourceId, limit });
  }

  list(args: ListSqsQueues): Promise<readonly SqsQueue[]> {
    return this.#parts.database.read(listSqsQueues, args);
  }

  /** False: there is no such queue. Its messages go in the background; what a crash leaves of them, the store's upkeep finds. */
  async delete({ id }: SqsQueue, nowMs: number): Promise<boolean> {
    const isGone = this.#change(await this.#parts.database.run(deleteSqsQueue, { queueId: id, nowMs }));
    this.#emptying = Promise.all([this.#emptying, this.#parts.queues.purge(id)]).then(() => {}, this.#parts.onError);
    return isGone;
  }

  /** False: it was purged less than 60 s ago. Resolves when the messages are gone. */
  async purge({ id }: SqsQueue, nowMs: number): Promise<boolean> {
    const begun = await this.#parts.database.run(beginPurge, { queueId: id, nowMs });
    if (begun === undefined) throw new NoSuchQueue(id);
    if (begun) await this.#parts.queues.purge(id);
    return begun;
  }

  /** Resolves when the messages are on disk; answers in their order. */
  async send(queue: SqsQueue, messages: readonly OutgoingMessage[]): Promise<readonly SentMessage[]> {
    const salt = await this.#saltText();
    this.#onRequests(queue, requestsOf(messages));
    const sent = await this.#parts.queues.send(
      queue.id,
      messages.map((message) => outgoing(queue, message)),
    );
    return sent.map(({ id }) => ({
      messageId: messageIdOf(id, salt),
      ...(queue.isFifo ? { sequenceNumber: sequenceNumberOf(id) } : {}),
    }));
  }

  /** "over-limit": too many messages are in flight. */
  async receive(queue: SqsQueue, options: ReceiveOptions): Promise<readonly SqsMessage[] | "over-limit"> {
    if (await this.#inFlight.isFull(queue.id)) return "over-limit";
    const received = await this.#parts.queues.receive(queue.id, options);
    this.#inFlight.add(queue.id, received.length);
    this.#onRequests(queue, Math.max(requestsOf(received), batchesOf(received)));
    if (received.length === 0) return [];
    const salt = await this.#saltText();
    const receivedAtMs = this.#parts.database.nowMs();
    return Promise.all(received.map(async (one) => shownMessage(one, { queue, salt, receivedAtMs, sourceArn: await this.#sourceOf(one) })));
  }

  /** The first messages that could be received now, as they wait; their handles are nobody's. */
  async peek(queue: SqsQueue, max: number): Promise<readonly SqsMessage[]> {
    const salt = await this.#saltText();
    const waiting = await this.#parts.queues.peek(queue.id, max);
    return Promise.all(
      waiting.map(async (one) => shownMessage(one, { queue, salt, receivedAtMs: 0, sourceArn: await this.#sourceOf(one) })),
    );
  }

  remove(queue: SqsQueue, receipts: readonly Receipt[]): Promise<readonly boolean[]> {
    this.#onRequests(queue, batchesOf(receipts));
    return this.#parts.queues.remove(queue.id, receipts);
  }

  /** What a poller of ours has worked through. */
  removeDone(queue: SqsQueue, receipts: readonly Receipt[]): Promise<readonly boolean[]> {
    this.#onRequests(queue, batchesOf(receipts));
    return this.#parts.queues.removeDone(queue.id, receipts);
  }

  changeVisibility(queue: SqsQueue, changes: readonly (Receipt & { readonly visibilityMs: number })[]): Promise<readonly boolean[]> {
    this.#onRequests(queue, batchesOf(changes));
    return this.#parts.queues.changeVisibility(queue.id, changes);
  }

  /** Of which nobody has heard: as if they had never been received. */
  giveBack(queue: SqsQueue, receipts: readonly Receipt[]): Promise<void> {
    return this.#parts.queues.giveBack(queue.id, receipts);
  }

  /** Of the database's clock, which messages' times follow. */
  nowMs(): number {
    return this.#parts.database.nowMs();
  }

  counts({ id }: SqsQueue): Promise<QueueCounts> {
    return this.#parts.queues.counts(id);
  }

  /** undefined: it is no handle of this installation. */
  async handle(text: string): Promise<Handle | undefined> {
    return readHandle(text, await this.#saltText());
  }

  /** undefined: the message is not in this queue. */
  stateOf({ id: queueId }: SqsQueue, id: number): Promise<MessageState | undefined> {
    return this.#parts.database.read(messageState, { queueId, id });
  }

  /** Called when messages may have come, or the queue has been deleted. A hint: see store/bus.ts. Returns what ends it. */
  onArrival({ id }: Pick<SqsQueue, "id">, listener: () => void): () => void {
    return this.#parts.bus.subscribe(queueTopic(id), listener);
  }

  /** Called when any queue was made, changed or deleted. */
  onChange(listener: () => void): () => void {
    return this.#parts.bus.subscribe(QUEUES_TOPIC, listener);
  }

  async close(): Promise<void> {
    this.#stopListening();
    await this.#emptying;
  }

  #change<R>(outcome: R): R {
    this.forget();
    return outcome;
  }

  /** Also what callers do who have met NoSuchQueue with a queue that they had found here. */
  forget(): void {
    this.#generation++;
    this.#remembered.clear();
  }

  #saltText(): Promise<string> {
    this.#salt ??= this.#parts.database.run(installationSalt, { fresh: this.#parts.random.hex(16) }).catch((error) => {
      this.#salt = undefined; // the next call tries again
      throw error;
    });
    return this.#salt;
  }

  async #sourceOf({ sourceId }: Received): Promise<string | undefined> {
    if (sourceId === null) return undefined;
    if (this.#sourceArns.has(sourceId)) return this.#sourceArns.get(sourceId);
    const place = await this.#parts.database.read(placeOfQueue, { queueId: sourceId });
    const arn = place && queueArn(place);
    if (this.#sourceArns.size >= REMEMBERED_MAX) this.#sourceArns.clear();
    this.#sourceArns.set(sourceId, arn);
    return arn;
  }
}
