// ReceiveRequestAttemptId of FIFO queues: a receive that is tried again within five minutes gets the messages of the first try again.
// AWS: kept in memory, by each node for itself; after a restart a repeated receive is a new one.

import type { Clock } from "../../../lib/clock.ts";
import type { SqsMessage } from "../../../queues/message.ts";

const KEPT_MS = 300_000;
const ATTEMPTS_MAX = 1_000;

interface Attempt {
  readonly messages: readonly SqsMessage[];
  readonly untilMs: number;
}

export class ReceiveAttempts {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #attempts = new Map<string, Attempt>();

  constructor(clock: Pick<Clock, "nowMs">) {
    this.#clock = clock;
  }

  find(queueId: number, id: string): readonly SqsMessage[] | undefined {
    const attempt = this.#attempts.get(`${queueId} ${id}`);
    return attempt !== undefined && attempt.untilMs > this.#clock.nowMs() ? attempt.messages : undefined;
  }

  keep(queueId: number, id: string, messages: readonly SqsMessage[]): void {
    const key = `${queueId} ${id}`;
    this.#attempts.delete(key);
    const oldest = this.#attempts.keys().next().value;
    if (this.#attempts.size >= ATTEMPTS_MAX && oldest !== undefined) this.#attempts.delete(oldest);
    this.#attempts.set(key, { messages, untilMs: this.#clock.nowMs() + KEPT_MS });
  }
}
