// What logs cost to keep, from logs that are really kept, on every store.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { KeptLogsMeter } from "../../src/metering/kept-logs.ts";
import { readUsage } from "../../src/metering/usage.procs.ts";
import { LogBuffer } from "../../src/observe/log-buffer.ts";
import { readKeptBytes } from "../../src/observe/log-upkeep.procs.ts";
import { startLogUpkeep } from "../../src/observe/log-upkeep.ts";
import { openIn, stores } from "../contract/store-dialects.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const account = "123456789012";
const region = "eu-central-1";

/** Timers never fire: passes are asked for. */
class HourHand {
  atMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  nowMs(): number {
    return this.atMs;
  }
  at(): () => void {
    return () => {};
  }
}

for (const [name, store] of Object.entries(stores)) {
  describe(`logs that are kept in ${name}`, { skip: store.skip, timeout: 180_000 }, () => {
    test("an hour counts once, whoever looks; hours of a day are one row of each group", async (t) => {
      const opened = await openIn(t, await store.place());
      const { database } = opened;
      const clock = new HourHand();
      const fail = (error: unknown) => {
        throw error;
      };
      const logs = () => opened.logs();
      const buffer = new LogBuffer({ clock, database: logs, report: fail });
      const nodes = ["one", "another"].map(() => {
        const meter = new KeptLogsMeter({ database, clock });
        return startLogUpkeep({ clock, database: logs, onError: fail, onPass: (db) => meter.look(() => db.read(readKeptBytes, null)) });
      });
      const put = (group: string, message: string) =>
        buffer.put({ account, region, group, stream: "s" }, [{ timestampMs: clock.atMs, message }]);
      const pass = async () => {
        for (const upkeep of [...nodes, ...nodes]) await upkeep.pass();
      };
      t.after(async () => {
        for (const upkeep of nodes) await upkeep.close();
        await buffer.close();
      });
      await put("/aws/lambda/f", "x".repeat(10_000));
      await put("mine", "hello");
      const [first, mine] = (await (await logs()).read(readKeptBytes, null)).map(({ bytes }) => bytes) as [number, number];
      assert.ok(first > 40 && first < 10_000 && mine > 40, `${first} and ${mine} bytes, compressed`);
      await pass();
      clock.atMs += HOUR_MS;
      await put("mine", "hello again");
      const second = (await (await logs()).read(readKeptBytes, null)).at(-1)!.bytes;
      await pass();
      clock.atMs += DAY_MS;
      await pass();
      const rows = (
        await database.read(readUsage, {
          account,
          fromMs: clock.atMs - 3 * DAY_MS,
          toMs: clock.atMs + HOUR_MS,
          stepMs: HOUR_MS,
        })
      ).services;
      const today = Math.floor(clock.atMs / DAY_MS) * DAY_MS;
      const last = (await (await logs()).read(readKeptBytes, null)).map(({ bytes }) => bytes);
      assert.deepEqual(
        rows.map(({ start_ms, kind, resource, quantity }) => [start_ms, kind, resource, quantity]).toSorted(),
        [
          [today - DAY_MS, "logByteHours", "/aws/lambda/f", 2 * first],
          [today - DAY_MS, "logByteHours", "mine", mine + second],
          [today, "logByteHours", "/aws/lambda/f", last[0]],
          [today, "logByteHours", "mine", last[1]],
        ].toSorted(),
      );
    });
  });
}
