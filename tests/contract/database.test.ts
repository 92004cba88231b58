// What every dialect behind `Database` promises.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StoreError } from "../../src/store/database.ts";
import {
  addEntry,
  addMany,
  addThenCatch,
  addThenThrow,
  allNumbers,
  bothSides,
  findEntry,
  growBoth,
  placeholders,
} from "../store/ledger.procs.ts";
import { dialects } from "./database-dialects.ts";

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);
const isStoreError = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code;

for (const [name, { skip, open }] of Object.entries(dialects)) {
  describe(name, { skip }, () => {
    test("what a proc wrote is there for the next read", async (t) => {
      const database = await open(t);
      assert.equal(await database.run(addEntry, { n: 7, note: "seven" }), 7);
      assert.equal((await database.read(findEntry, 7))?.note, "seven");
    });

    test("null, numbers, text and bytes come back as they went in", async (t) => {
      const database = await open(t);
      const entry = { n: 2 ** 53 - 1, note: "Grüße 🌍 \u0001 end", data: new Uint8Array([0, 255, 1]), weight: 0.1 };
      await database.run(addEntry, entry);
      await database.run(addEntry, { n: -1 });
      const found = await database.read(findEntry, entry.n);
      assert.deepEqual({ ...found, data: new Uint8Array(found?.data ?? []) }, entry);
      assert.deepEqual({ ...(await database.read(findEntry, -1)) }, { n: -1, note: null, data: null, weight: null });
    });

    test("transferred bytes arrive and leave the caller", async (t) => {
      const database = await open(t);
      const data = new Uint8Array(3_000_000).fill(9);
      await database.run(addEntry, { n: 1, data }, { transfer: [data.buffer] });
      assert.equal(data.byteLength, 0);
      const found = await database.read(findEntry, 1);
      assert.ok(found?.data?.length === 3_000_000 && found.data.every((byte) => byte === 9));
    });

    test("a proc that throws leaves nothing behind, and its neighbours of the same moment stay", async (t) => {
      const database = await open(t);
      const outcomes = await Promise.allSettled([
        database.run(addEntry, { n: 1 }),
        database.run(addThenThrow, 2),
        database.run(addEntry, { n: 3 }),
      ]);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ["fulfilled", "rejected", "fulfilled"],
      );
      assert.deepEqual(await database.read(allNumbers, null), [1, 3]);
    });

    test("an error of the proc itself is a bug and tells which proc and why", async (t) => {
      const database = await open(t);
      await assert.rejects(database.run(addThenThrow, 2), (error: unknown) => {
        assert.ok(error instanceof StoreError);
        assert.equal(error.code, "bug");
        assert.match(error.message, /ledger\.add-then-throw: the proc changed its mind/);
        return true;
      });
    });

    test("a violated constraint says so", async (t) => {
      const database = await open(t);
      await database.run(addEntry, { n: 1 });
      await assert.rejects(database.run(addEntry, { n: 1 }), isStoreError("constraint"));
    });

    test("a fraction is refused where an integer belongs", async (t) => {
      const database = await open(t);
      await assert.rejects(database.run(addEntry, { n: 1.5 }), StoreError);
    });

    test("a failed statement fails the proc, also when the proc catches it", async (t) => {
      const database = await open(t);
      assert.equal(await database.run(addThenCatch, 1), "added");
      await assert.rejects(database.run(addThenCatch, 1), isStoreError("constraint"));
      assert.equal((await database.read(findEntry, 1))?.note, null);
      assert.equal(await database.run(addThenCatch, 2), "added");
    });

    test("a read that writes is refused and has written nothing", async (t) => {
      const database = await open(t);
      await assert.rejects(database.read(addEntry, { n: 1 }), StoreError);
      assert.deepEqual(await database.read(allNumbers, null), []);
      assert.equal(await database.run(addEntry, { n: 1 }), 1);
    });

    test("no read sees half of a transaction", async (t) => {
      const database = await open(t);
      const writes = numbers(0, 200).map(() => database.run(growBoth, null));
      const reads = numbers(0, 50).map(() => database.read(bothSides, null));
      for (const [left, right] of await Promise.all(reads)) assert.equal(left, right);
      await Promise.all(writes);
      assert.deepEqual(await database.read(bothSides, null), [200, 200]);
    });

    test("more calls at once than a batch holds are all done", async (t) => {
      const database = await open(t);
      const all = numbers(0, 1_300);
      assert.deepEqual(await Promise.all(all.map((n) => database.run(addEntry, { n }))), all);
      assert.deepEqual(await database.read(allNumbers, null), all);
    });

    test("a row that many procs change at once has all of their changes", async (t) => {
      const database = await open(t);
      await Promise.all(numbers(0, 100).map(() => database.run(growBoth, null)));
      assert.deepEqual(await database.read(bothSides, null), [100, 100]);
    });

    test("wake-ups come after the commit, before the caller goes on; those of a failed proc never", async (t) => {
      const database = await open(t);
      const heard: string[] = [];
      database.onWake((topic) => heard.push(topic));
      await Promise.allSettled([database.run(addEntry, { n: 1 }), database.run(addThenThrow, 2), database.run(addEntry, { n: 3 })]);
      assert.deepEqual([...new Set(heard)].toSorted(), ["added", "added 1", "added 3"]);
    });

    test("whoever stopped listening is not woken", async (t) => {
      const database = await open(t);
      const heard: string[] = [];
      database.onWake((topic) => heard.push(topic))();
      await database.run(addEntry, { n: 1 });
      assert.deepEqual(heard, []);
    });

    test("many rows go in with one statement, and tell which were new", async (t) => {
      const database = await open(t);
      await database.run(addEntry, { n: 2 });
      const rows = [
        [1, "a"],
        [2, "b"],
        [3, null],
      ] as const;
      assert.deepEqual(await database.run(addMany, rows), [1, 3]);
      assert.deepEqual(await database.run(addMany, []), []);
    });

    test("placeholders are numbered", async (t) => {
      const database = await open(t);
      assert.equal(await database.read(placeholders, ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]), "abcdefghija");
    });

    test("arguments that cannot reach the store fail alone", async (t) => {
      const database = await open(t);
      const impossible = { n: 2, note: (() => "") as unknown as string };
      const outcomes = await Promise.allSettled([
        database.run(addEntry, { n: 1 }),
        database.run(addEntry, impossible),
        database.run(addEntry, { n: 3 }),
      ]);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ["fulfilled", "rejected", "fulfilled"],
      );
    });

    test("closing answers what was already called and refuses what comes later", async (t) => {
      const database = await open(t);
      const before = numbers(0, 600).map((n) => database.run(addEntry, { n }));
      const closed = database.close();
      await assert.rejects(database.run(addEntry, { n: 1_000 }), isStoreError("unavailable"));
      assert.deepEqual(await Promise.all(before), numbers(0, 600));
      await closed;
    });
  });
}
