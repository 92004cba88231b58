// One subscription: what it gets is gathered into batches by its own bounds and delivered one batch after the other.
//
// Discipline: at most one batch is on its way. A listener that is not there, or answers with an error, is tried again; meanwhile events gather up to
// a limit, and what is beyond is counted and told as platform.logsDropped.

import type { Socket } from "node:net";
import type { Clock } from "../../lib/clock.ts";
import type { Subscription } from "../../runtime-api/subscription.ts";
import { type Delivery, deliveryTo } from "./delivery.ts";
import { renderEvent, type TelemetryEvent } from "./telemetry-event.ts";

const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 5000;
/** AWS: "anticipate receiving payloads as large as 2 * maxBytes"; beyond, memory is kept bounded. */
const WAITING_FACTOR = 2;
const DROPPED_REASON = "Some logs were dropped because the downstream consumer is slower than the logs production rate";

export class Subscriber {
  readonly #subscription: Subscription;
  readonly #delivery: Delivery;
  readonly #clock: Clock;
  #events: string[] = [];
  #bytes = 0;
  #droppedRecords = 0;
  #droppedBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #retry: (() => void) | undefined;
  #isClosed = false;

  constructor(subscription: Subscription, connect: (port: number) => Promise<Socket | undefined>, clock: Clock) {
    this.#subscription = subscription;
    this.#delivery = deliveryTo(subscription.destination, connect);
    this.#clock = clock;
  }

  take(event: TelemetryEvent): void {
    const text = renderEvent(event, this.#subscription);
    if (text === undefined || this.#isClosed) return;
    const { maxBytes, maxItems, timeoutMs } = this.#subscription.buffering;
    const bytes = Buffer.byteLength(text);
    if (this.#bytes + bytes > maxBytes * WAITING_FACTOR || this.#events.length >= maxItems * WAITING_FACTOR) {
      this.#droppedRecords++;
      this.#droppedBytes += bytes;
      return;
    }
    this.#keep(text, bytes);
    if (this.#bytes >= maxBytes || this.#events.length >= maxItems) void this.#send();
    else this.#timer ??= setTimeout(() => void this.#send(), timeoutMs).unref();
  }

  #keep(text: string, bytes: number): void {
    this.#events.push(text);
    this.#bytes += bytes;
  }

  /** Resolves when nothing waits any more. */
  async flush(): Promise<void> {
    this.#retry?.();
    while ((this.#events.length > 0 || this.#sending !== undefined) && !this.#isClosed) await this.#send();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#retry?.();
    this.#delivery.close();
  }

  #send(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      if (this.#events.length > 0 && !this.#isClosed)
        this.#timer ??= setTimeout(() => void this.#send(), this.#subscription.buffering.timeoutMs).unref();
    });
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    const batch = this.#events;
    if (batch.length === 0) return;
    this.#events = [];
    for (let waitMs = RETRY_MS_MIN; !(await this.#delivery.send(batch)); waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
      if (this.#isClosed) return;
      await this.#pause(waitMs);
    }
    this.#bytes -= batch.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    this.#tellDropped();
  }

  #tellDropped(): void {
    if (this.#droppedRecords === 0) return;
    const record = { reason: DROPPED_REASON, droppedRecords: this.#droppedRecords, droppedBytes: this.#droppedBytes };
    this.#droppedRecords = 0;
    this.#droppedBytes = 0;
    const event = { timeMs: this.#clock.nowMs(), kind: "platform", type: "platform.logsDropped", record } as const;
    const text = renderEvent(event, this.#subscription);
    if (text !== undefined) this.#keep(text, Buffer.byteLength(text)); // also where there is no room for others
  }

  #pause(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs).unref();
      this.#retry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
