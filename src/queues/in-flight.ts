// SQS's limit of messages in flight. They are counted only when as many were taken since the last count as would reach it.

import type { Database } from "../store/database.ts";
import { countInFlight } from "./sqs-queues.procs.ts";

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html: the same for FIFO queues. */
export const IN_FLIGHT_MAX = 120_000;
/** A full queue is asked about again this often. */
const FULL_MS = 500;
const REMEMBERED_MAX = 10_000;

export class InFlight {
  readonly #database: Database;
  readonly #max: number;
  /** At most how many are in flight, as far as this process knows. */
  readonly #atMost = new Map<number, number>();
  readonly #fullUntilMs = new Map<number, number>();

  constructor(database: Database, max: number = IN_FLIGHT_MAX) {
    this.#database = database;
    this.#max = max;
  }

  /** AWS: nodes of a cluster count what they have taken themselves, so that the limit is met approximately. */
  async isFull(queueId: number): Promise<boolean> {
    const atMost = this.#atMost.get(queueId);
    if (atMost !== undefined && atMost < this.#max) return false;
    if (performance.now() < (this.#fullUntilMs.get(queueId) ?? 0)) return true;
    const nowMs = this.#database.nowMs();
    const counted = await this.#database.read(countInFlight, { queueId, nowMs, limit: this.#max });
    if (this.#atMost.size >= REMEMBERED_MAX) this.#atMost.clear();
    this.#atMost.set(queueId, counted);
    if (counted < this.#max) this.#fullUntilMs.delete(queueId);
    else this.#fullUntilMs.set(queueId, performance.now() + FULL_MS);
    return counted >= this.#max;
  }

  add(queueId: number, messages: number): void {
    const atMost = this.#atMost.get(queueId);
    if (atMost !== undefined) this.#atMost.set(queueId, atMost + messages);
  }
}
