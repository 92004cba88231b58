// What one environment tells its extensions through the Telemetry API and the Logs API. Inactive, and free, where nobody subscribed.
//
// During an init everything is kept: an extension that subscribes gets what happened before, as on AWS.

import type { Socket } from "node:net";
import type { Clock } from "../../lib/clock.ts";
import type { Subscription, TelemetryType } from "../../runtime-api/subscription.ts";
import { Subscriber } from "./subscriber.ts";
import type { TelemetryEvent } from "./telemetry-event.ts";

/** Of an init; what a function prints beyond it in that time is lost to those who subscribe later. */
const BACKLOG_MAX = 1000;

export class Telemetry {
  readonly #connect: (port: number) => Promise<Socket | undefined>;
  readonly #clock: Clock;
  readonly #subscribers = new Map<string, Subscriber>(); // by the extension's name
  #backlog: TelemetryEvent[] | undefined = [];

  constructor(connect: (port: number) => Promise<Socket | undefined>, clock: Clock) {
    this.#connect = connect;
    this.#clock = clock;
  }

  /** False: emit() would be for nobody. */
  get isActive(): boolean {
    return this.#backlog !== undefined || this.#subscribers.size > 0;
  }

  emit(kind: TelemetryType, type: string, record: object | string): void {
    const event = { timeMs: this.#clock.nowMs(), kind, type, record };
    if (this.#backlog !== undefined && this.#backlog.length < BACKLOG_MAX) this.#backlog.push(event);
    for (const subscriber of this.#subscribers.values()) subscriber.take(event);
  }

  /** A second subscription of one extension takes the place of its first, and gets nothing twice. */
  subscribe(name: string, subscription: Subscription): void {
    const before = this.#subscribers.get(name);
    const subscriber = new Subscriber(subscription, this.#connect, this.#clock);
    this.#subscribers.set(name, subscriber);
    before?.close();
    if (before === undefined) for (const event of this.#backlog ?? []) subscriber.take(event);
  }

  /** Nobody can subscribe any more. */
  initOver(): void {
    this.#backlog = undefined;
  }

  /** The extensions are started again, and subscribe anew. */
  restart(): void {
    this.close();
    this.#backlog = [];
  }

  /** At the end: what is kept goes out; resolves when it has, or after `withinMs`. */
  async flush(withinMs: number): Promise<void> {
    if (this.#subscribers.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([late, Promise.all([...this.#subscribers.values()].map((subscriber) => subscriber.flush()))]);
    clearTimeout(timer);
  }

  close(): void {
    this.#backlog = undefined;
    for (const subscriber of this.#subscribers.values()) subscriber.close();
    this.#subscribers.clear();
  }
}
