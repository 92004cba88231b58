// One connection beside the pool: wake-ups between nodes (LISTEN, NOTIFY) and the database's clock.
// NOTIFY takes a lock of the whole server until its commit is flushed: never inside somebody's transaction, at most one every 5 ms, unflushed.
// A wake-up is only a hint: after a loss of the connection everybody is woken, here and on the nodes that may have missed something of this one,
// and every waiter has a timer of its own.

import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import { EVERY_TOPIC } from "../database.ts";
import type { Connection, ConnectionEvents } from "./postgres-connection.ts";
import { endWhenSilent } from "./postgres-silence.ts";

const CHANNEL = "lambent_wake";
const PUBLISH_INTERVAL_MS = 5;
/** NOTIFY takes 8,000 bytes. */
const PAYLOAD_CHARACTERS_MAX = 2_000;
const RECONNECT_MS_MAX = 2_000;
/** Nodes must agree about the time again soon after the database's clock was set: they sign their requests with it. */
const SAMPLE_INTERVAL_MS = 3_000;
/** A sample that took longer says little about the clock, and that the connection is of no use. */
const SAMPLE_MS_MAX = 3_000;

export interface LinkOptions {
  readonly open: (events: ConnectionEvents) => Promise<Connection>;
  readonly clock: Clock;
  readonly random: Random;
  readonly onWake: (topic: string) => void;
}

export class PostgresLink {
  readonly #options: LinkOptions;
  /** Marks our own notifications, which come back to us. */
  readonly #ownMark: string;
  readonly #topics = new Set<string>();
  /** A wake-up could not be published: when that is possible again, the others are woken for everything. */
  #owesWakes = false;
  #connection: Connection | undefined;
  /** undefined: not sampled yet. */
  #offsetMs: number | undefined;
  #failures = 0;
  #isClosed = false;
  #publishing: NodeJS.Timeout | undefined;
  #sampling: NodeJS.Timeout | undefined;
  #reconnecting: NodeJS.Timeout | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#ownMark = options.random.hex(8);
  }

  /** What is to be added to the local clock. */
  get offsetMs(): number {
    return this.#offsetMs ?? 0;
  }

  async start(): Promise<void> {
    await this.#connect();
  }

  publish(topics: Iterable<string>): void {
    for (const topic of topics) this.#topics.add(topic);
    if (this.#topics.size > 0) this.#publishing ??= setTimeout(() => this.#flush(), PUBLISH_INTERVAL_MS);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#publishing);
    clearTimeout(this.#reconnecting);
    clearInterval(this.#sampling);
    await this.#send().catch(() => {});
    await this.#connection?.close().catch(() => {});
  }

  async #connect(): Promise<void> {
    const connection = await this.#options.open({
      onLost: () => this.#lost(),
      onNotification: (payload) => this.#hear(payload),
    });
    const endWatch = endWhenSilent(connection, SAMPLE_MS_MAX);
    try {
      await connection.query("SET synchronous_commit = off");
      await connection.query(`LISTEN ${CHANNEL}`);
      await this.#sample(connection);
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      endWatch();
    }
    if (this.#isClosed) return connection.close();
    this.#connection = connection;
    this.#failures = 0;
    this.#sampling ??= setInterval(() => void this.#check(), SAMPLE_INTERVAL_MS).unref();
  }

  #lost(): void {
    if (this.#connection === undefined || this.#isClosed) return; // while connecting the caller hears of it
    this.#connection = undefined;
    this.#reconnect();
  }

  #reconnect(): void {
    const waitMs = Math.min(100 * 2 ** this.#failures++, RECONNECT_MS_MAX) * (0.5 + this.#options.random.unit() / 2);
    this.#reconnecting = setTimeout(() => {
      if (this.#isClosed) return;
      this.#connect().then(
        () => {
          this.#options.onWake(EVERY_TOPIC);
          if (this.#owesWakes) this.publish([EVERY_TOPIC]);
        },
        () => this.#reconnect(),
      );
    }, waitMs);
    this.#reconnecting.unref();
  }

  #hear(payload: string): void {
    const [mark, ...topics] = payload.split("\n");
    if (mark === this.#ownMark) return;
    for (const topic of topics) this.#options.onWake(topic);
  }

  #flush(): void {
    this.#send()
      .catch(() => {}) // whoever waits has a timer
      .finally(() => {
        this.#publishing = undefined;
        this.publish([]);
      });
  }

  async #send(): Promise<void> {
    const connection = this.#connection;
    if (this.#owesWakes) this.#topics.add(EVERY_TOPIC);
    const payloads = payloadsOf(this.#ownMark, this.#topics);
    this.#topics.clear();
    this.#owesWakes ||= payloads.length > 0; // until the last of them is answered
    if (connection === undefined || payloads.length === 0) return;
    await Promise.all(payloads.map((payload) => connection.query("SELECT pg_notify($1, $2)", [CHANNEL, payload], "notify")));
    this.#owesWakes = false;
  }

  async #check(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    const endWatch = endWhenSilent(connection, SAMPLE_MS_MAX);
    await this.#sample(connection).catch(() => {}); // its loss is an event of its own
    endWatch();
  }

  /**
   * The middle between question and answer is when the database looked at its clock, give or take half of the time between. What differs by no
   * more than that from the sample before says nothing new: time must not jump to and fro with the load.
   */
  async #sample(connection: Connection): Promise<void> {
    const { clock } = this.#options;
    const askedMs = clock.nowMs();
    const [row] = await connection.query<{ now: number }>("SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now", [], "clock");
    const uncertainMs = (clock.nowMs() - askedMs) / 2;
    const offsetMs = Math.round((row?.now ?? askedMs) - askedMs - uncertainMs);
    if (this.#offsetMs === undefined || Math.abs(offsetMs - this.#offsetMs) > uncertainMs) this.#offsetMs = offsetMs;
  }
}

function payloadsOf(mark: string, topics: ReadonlySet<string>): readonly string[] {
  const payloads: string[] = [];
  let payload = mark;
  for (const topic of topics) {
    if (payload.length + topic.length > PAYLOAD_CHARACTERS_MAX && payload !== mark) {
      payloads.push(payload);
      payload = mark;
    }
    payload += `\n${topic}`;
  }
  return payload === mark ? payloads : [...payloads, payload];
}
