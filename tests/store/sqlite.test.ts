// What only SQLite's threads promise: rules of procs enforced, a full disk survived, schemas old and new.

import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { PlatformError } from "../../src/lib/errors.ts";
import { type Proc, StoreError } from "../../src/store/database.ts";
import { addEntry, addThenThrow, allNumbers, awaitSomethingForeign, bothSides, growBoth, returnAFunction } from "./ledger.procs.ts";
import { brokenEntry, colourEntry, openLedger, temporaryDirectory } from "./ledger.ts";
import { mountSmallDisk } from "./small-disk.ts";

const isStoreError = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code;

test("a proc that awaits something foreign ends the store, is named, and leaves nothing behind", async (t) => {
  const file = join(temporaryDirectory(t), "ledger.db");
  const fatal = Promise.withResolvers<StoreError>();
  const database = await openLedger(file, { onFatal: fatal.resolve });
  const offence = database.run(awaitSomethingForeign, 1);
  const neighbour = database.run(addEntry, { n: 2 });
  await assert.rejects(offence, isStoreError("unknown-outcome"));
  await assert.rejects(neighbour, isStoreError("unknown-outcome"));
  assert.match((await fatal.promise).message, /ledger\.foreign-await awaited something other than its tx/);
  await assert.rejects(database.run(addEntry, { n: 3 }), isStoreError("bug"));
  await database.close();

  const after = await openLedger(file);
  t.after(() => after.close());
  assert.deepEqual(await after.read(allNumbers, null), []);
});

test("a proc that is not in the thread's table is refused by name", async (t) => {
  const database = await openLedger("memory");
  t.after(() => database.close());
  const stranger: Proc<null, null> = { name: "ledger.stranger", fn: async () => null };
  const isRefused = (error: unknown) => isStoreError("bug")(error) && /ledger\.stranger/.test(String(error));
  await assert.rejects(database.run(stranger, null), isRefused);
});

test("a result that cannot leave the thread fails alone", async (t) => {
  const database = await openLedger("memory");
  t.after(() => database.close());
  const [good, bad] = await Promise.allSettled([database.run(addEntry, { n: 1 }), database.run(returnAFunction, null)]);
  assert.equal(good.status, "fulfilled");
  assert.ok(bad.status === "rejected" && isStoreError("bug")(bad.reason));
});

test("procs that share a commit run in the order of their calls, and wake each topic once", async (t) => {
  const database = await openLedger("memory");
  t.after(() => database.close());
  const heard: string[] = [];
  database.onWake((topic) => heard.push(topic));
  await Promise.allSettled([database.run(addEntry, { n: 1 }), database.run(addThenThrow, 1), database.run(addEntry, { n: 2 })]);
  assert.deepEqual(heard, ["added 1", "added", "added 2"]);
});

test("a reader of its own is started for reads that find the writer at work again and again, and not before", {
  skip: process.platform !== "linux" && "threads are counted in /proc",
}, async (t) => {
  const database = await openLedger(join(temporaryDirectory(t), "ledger.db"));
  t.after(() => database.close());
  const before = readers();
  await Promise.all([1, 2, 3, 4].map(() => database.read(allNumbers, null)));
  await Promise.all([database.run(addEntry, { n: 1 }), database.read(allNumbers, null)]);
  assert.equal(readers(), before);
  await Promise.all([database.run(addEntry, { n: 2 }), ...Array.from({ length: 20 }, () => database.read(allNumbers, null))]);
  assert.equal(readers(), before + 1);
});

/** Threads of this process by that name. */
function readers(): number {
  return readdirSync("/proc/self/task").filter((id) => readFileSync(`/proc/self/task/${id}/comm`, "utf8") === "sqlite reader\n").length;
}

test("a read beside running writes sees all that was acknowledged before it, and cannot write", async (t) => {
  const database = await openLedger(join(temporaryDirectory(t), "ledger.db"));
  t.after(() => database.close());
  await database.run(addEntry, { n: 1 });
  const writing = [2, 3, 4].map((n) => database.run(addEntry, { n }));
  const numbers = await database.read(allNumbers, null);
  assert.ok(numbers.includes(1));
  await Promise.all(writing);
  assert.deepEqual(await database.read(allNumbers, null), [1, 2, 3, 4]);
  await assert.rejects(database.read(addEntry, { n: 5 }), isStoreError("bug"));
  assert.deepEqual(await database.read(allNumbers, null), [1, 2, 3, 4]);
});

test("a full disk refuses calls, loses nothing acknowledged, and works again once there is room", async (t) => {
  const disk = mountSmallDisk(t, 4);
  if (disk === undefined) return t.skip("mounting a file system needs root on Linux");
  const database = await openLedger(join(disk.path, "ledger.db"));
  const acknowledged: number[] = [];
  const refused: unknown[] = [];
  const data = new Uint8Array(20_000);
  for (let n = 0; n < 400; n += 8) {
    const batch = Array.from({ length: 8 }, (_, index) => n + index);
    const outcomes = await Promise.allSettled(batch.map((each) => database.run(addEntry, { n: each, data })));
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === "fulfilled") acknowledged.push(n + index);
      else refused.push(outcome.reason);
    }
  }
  assert.ok(acknowledged.length > 0 && refused.length > 0);
  assert.ok(refused.every(isStoreError("unavailable")), String(refused[0]));

  disk.enlarge(64);
  assert.equal(await database.run(addEntry, { n: 1_000, data }), 1_000);
  assert.deepEqual(await database.read(allNumbers, null), [...acknowledged, 1_000]);
  await database.close();
});

test("a file of an older schema is copied, then brought up to date", async (t) => {
  const directory = temporaryDirectory(t);
  const [file, backups] = [join(directory, "ledger.db"), join(directory, "backups")];
  const old = await openLedger(file, { backupDirectory: backups });
  await old.run(addEntry, { n: 5, note: "kept" });
  await old.close();
  assert.equal(existsSync(backups), false, "a new file needs no copy");

  const renewed = await openLedger(file, { backupDirectory: backups, entry: colourEntry, program: "2.0.0" });
  assert.deepEqual(await renewed.read(allNumbers, null), [5]);
  await renewed.close();
  assert.ok(columnsOf(file).includes("colour"));
  const [copy, ...others] = readdirSync(backups);
  assert.deepEqual(others, []);
  assert.match(copy ?? "", /^main-schema-1-/);
  assert.ok(!columnsOf(join(backups, copy ?? "")).includes("colour"));
});

test("a change of schema that fails leaves the older schema, and everything in it", async (t) => {
  const file = join(temporaryDirectory(t), "ledger.db");
  const old = await openLedger(file);
  await old.run(addEntry, { n: 5 });
  await old.close();
  await assert.rejects(
    openLedger(file, { entry: brokenEntry }),
    (error: unknown) => error instanceof PlatformError && /no such table/.test(error.message),
  );
  assert.ok(!columnsOf(file).includes("colour"));
  const again = await openLedger(file);
  t.after(() => again.close());
  assert.deepEqual(await again.read(allNumbers, null), [5]);
});

test("a file of a newer schema is refused, naming the version that wrote it", async (t) => {
  const file = join(temporaryDirectory(t), "ledger.db");
  const newer = await openLedger(file, { entry: colourEntry, program: "2.3.4" });
  await newer.close();
  await assert.rejects(openLedger(file), (error: unknown) => {
    assert.ok(error instanceof PlatformError);
    assert.equal(error.code, "data-schema-newer");
    assert.match(error.message, /schema 2, written by lambent 2\.3\.4.*this is lambent 1\.0\.0/);
    return true;
  });
});

test("a file that is no database is refused in a sentence", async (t) => {
  const file = join(temporaryDirectory(t), "ledger.db");
  writeFileSync(file, "This is a diary, not a database.".repeat(100));
  await assert.rejects(openLedger(file), (error: unknown) => error instanceof PlatformError && error.code === "data-unreadable");
});

test("a damaged file ends the process: the read fails, and whoever opened the store is told", async (t) => {
  const file = join(temporaryDirectory(t), "ledger.db");
  const whole = await openLedger(file);
  const data = new Uint8Array(2_000);
  await Promise.all(Array.from({ length: 500 }, (_, n) => whole.run(addEntry, { n, data })));
  await whole.close();
  const { size } = statSync(file);
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.alloc(size / 2, 0xff), 0, size / 2, size / 2);
  closeSync(handle);

  const fatal = Promise.withResolvers<StoreError>();
  const damaged = await openLedger(file, { onFatal: fatal.resolve });
  t.after(() => damaged.close());
  await assert.rejects(damaged.read(allNumbers, null), isStoreError("unavailable"));
  assert.match((await fatal.promise).message, /malformed/);
});

test("more callers than may wait are refused before memory is full", async (t) => {
  const database = await openLedger("memory");
  t.after(() => database.close());
  const outcomes = await Promise.allSettled(Array.from({ length: 100_100 }, () => database.run(growBoth, null)));
  const refused = outcomes.filter(({ status }) => status === "rejected");
  assert.equal(refused.length, 100);
  assert.ok(refused.every((outcome) => isStoreError("busy")((outcome as PromiseRejectedResult).reason)));
  assert.deepEqual(await database.read(bothSides, null), [100_000, 100_000]);
});

test("the write-ahead log does not grow with every commit", async (t) => {
  const file = join(temporaryDirectory(t), "ledger.db");
  const database = await openLedger(file);
  const data = new Uint8Array(200_000);
  for (let n = 0; n < 150; n++) await database.run(addEntry, { n: n % 2 === 0 ? n : -n, data });
  const { size } = statSync(`${file}-wal`);
  await database.close();
  assert.ok(size < 20_000_000, `30 MB were written, the log has ${size} bytes`);
});

function columnsOf(file: string): string[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db
      .prepare("SELECT name FROM pragma_table_info('entry')")
      .all()
      .map(({ name }) => String(name));
  } finally {
    db.close();
  }
}
