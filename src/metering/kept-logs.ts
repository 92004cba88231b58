// What logs cost to keep: once an hour the bytes of every group are looked at, and add up to byte-hours of their day, one row for each group.
// The hour is the number of the flush, so that it counts once, whichever node has looked and however often.

import type { Clock } from "../lib/clock.ts";
import type { Database } from "../store/database.ts";
import { flushUsage } from "./usage.procs.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FLUSHED_BY = "kept logs";

export interface KeptLogs {
  readonly account: string;
  readonly region: string;
  readonly group: string;
  /** Compressed. */
  readonly bytes: number;
}

export class KeptLogsMeter {
  readonly #parts: { readonly database: Database; readonly clock: Pick<Clock, "nowMs"> };
  #lastHour = 0;

  constructor(parts: { readonly database: Database; readonly clock: Pick<Clock, "nowMs"> }) {
    this.#parts = parts;
  }

  /** To be called more often than once an hour. `read` is called where this hour was not counted by this node yet. Rejects with StoreError. */
  async look(read: () => Promise<readonly KeptLogs[]>): Promise<void> {
    const { database, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const hour = Math.floor(nowMs / HOUR_MS);
    if (hour === this.#lastHour) return;
    const minute = nowMs - (nowMs % DAY_MS);
    const services = (await read())
      .filter(({ bytes }) => bytes > 0)
      .map(({ account, region, group, bytes }) => ({
        minute,
        account,
        region,
        kind: "logByteHours" as const,
        resource: group,
        quantity: bytes,
      }));
    const nothing = { usage: [], metrics: { series: [], rows: [] } };
    await database.run(flushUsage, { nodeId: FLUSHED_BY, seq: hour, nowMs, services, ...nothing });
    this.#lastHour = hour;
  }
}
