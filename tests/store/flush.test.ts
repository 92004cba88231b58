// When a commit of SQLite's dialect is on the disk: before its answer, but for those that need not be.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { WalFlush } from "../../src/store/dialects/wal-flush.ts";
import { addEntry, addRelaxed, allNumbers, growBoth } from "./ledger.procs.ts";
import { openLedger, temporaryDirectory } from "./ledger.ts";

const CHILD = fileURLToPath(new URL("./flush-child.ts", import.meta.url));
const COUNT = 20;

/** How often the child has called fdatasync by itself, SQLite's own calls not counted. */
async function flushesOf(directory: string, kind: "hard" | "relaxed" | "leaning"): Promise<number> {
  const trace = ["--trace-event-categories", "node.fs.async", "--trace-event-file-pattern", join(directory, "trace.json")];
  await promisify(execFile)(process.execPath, [...trace, CHILD, join(directory, "ledger.db"), kind, String(COUNT)]);
  const file = readdirSync(directory).find((name) => name.startsWith("trace"));
  const { traceEvents } = JSON.parse(readFileSync(join(directory, file!), "utf8")) as { traceEvents: { name: string; ph: string }[] };
  return traceEvents.filter(({ name, ph }) => name === "fdatasync" && ph === "e").length;
}

test("each answer of a proc that comes alone has its flush", { timeout: 180_000 }, async (t) => {
  assert.equal(await flushesOf(temporaryDirectory(t), "hard"), COUNT);
});

test("relaxed procs are answered without, and share one within a tenth of a second", { timeout: 180_000 }, async (t) => {
  const flushes = await flushesOf(temporaryDirectory(t), "relaxed");
  assert.ok(flushes < COUNT, `${flushes} flushes for ${COUNT} answers`);
});

test("a proc that finds done what a relaxed one has done is answered when that is on the disk", { timeout: 180_000 }, async (t) => {
  assert.equal(await flushesOf(temporaryDirectory(t), "leaning"), COUNT);
});

test("what is relaxed is answered before what must be on the disk, though it was called later", async (t) => {
  const database = await openLedger(join(temporaryDirectory(t), "ledger.db"));
  t.after(() => database.close());
  const answered: string[] = [];
  const hard = database.run(addEntry, { n: 1 }).then(() => answered.push("hard"));
  const relaxed = database.run(addRelaxed, 2).then(() => answered.push("relaxed"));
  const read = database.read(allNumbers, null);
  await Promise.all([hard, relaxed]);
  assert.deepEqual(answered, ["relaxed", "hard"]);
  assert.equal((await read).length, 2);
});

test("a store that is closed while it flushes answers everybody first", async (t) => {
  const file = join(temporaryDirectory(t), "ledger.db");
  const database = await openLedger(file);
  const calls = Array.from({ length: 50 }, (_, n) => [database.run(growBoth, null), database.run(addRelaxed, n)]).flat();
  await Promise.all([...calls, database.close()]);
  const again = await openLedger(file);
  t.after(() => again.close());
  assert.equal((await again.read(allNumbers, null)).length, 50);
});

test("a flush that fails is told, and nobody hears that it has succeeded", async (t) => {
  const failed = Promise.withResolvers<Error>();
  const wal = new WalFlush(join(temporaryDirectory(t), "absent.db"), failed.resolve);
  const told = wal.flush().then(() => "flushed");
  const error = await Promise.race([failed.promise, told]);
  assert.ok(error instanceof Error && /ENOENT/.test(error.message));
});
