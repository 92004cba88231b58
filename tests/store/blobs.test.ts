// Blobs as files: what tests/contract/blobs.test.ts cannot see from outside.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { systemClock } from "../../src/lib/clock.ts";
import type { Blobs } from "../../src/store/blobs.ts";
import { openFileBlobs } from "../../src/store/blobs-files.ts";
import { StoreError } from "../../src/store/database.ts";
import { sweepOrphans } from "../../src/store/garbage.ts";
import { openStore } from "../../src/store/open.ts";
import { temporaryDirectory } from "./ledger.ts";
import { collect, inPieces, readBlob } from "./read-blob.ts";

async function open(t: TestContext): Promise<{ blobs: Blobs; root: string }> {
  const root = join(temporaryDirectory(t), "blobs");
  mkdirSync(root);
  return { blobs: await openFileBlobs(root, { flush: true }), root };
}

test("a stream and its bytes at once are the same blob, stored once", async (t) => {
  const { blobs, root } = await open(t);
  const data = Buffer.alloc(3_000_000, "abc");
  const refs = await Promise.all([blobs.put(data), blobs.put(inPieces(data, 70_001)), blobs.put(data)]);
  assert.equal(new Set(refs.map(({ key }) => key)).size, 1);
  assert.ok((await readBlob(blobs, refs[0].key)).equals(data));
  assert.deepEqual(readdirSync(join(root, "incoming")), []);
});

test("a large blob lets others run while it is hashed and written", async (t) => {
  const { blobs } = await open(t);
  let turns = 0;
  let done = false;
  const count = () => {
    turns++;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  await blobs.put(Buffer.alloc(32 * 1024 * 1024));
  done = true;
  assert.ok(turns >= 32, `${turns} turns of the event loop during 32 MiB`);
});

test("a stream that breaks leaves nothing", async (t) => {
  const { blobs, root } = await open(t);
  const broken = async function* () {
    yield Buffer.from("half");
    throw new Error("the client went away");
  };
  await assert.rejects(blobs.put(broken()), /went away/);
  assert.deepEqual(readdirSync(join(root, "incoming")), []);
  assert.deepEqual((await collect(blobs.keys())).flat(), []);
});

test("what a killed predecessor left half-written is swept", async (t) => {
  const { root } = await open(t);
  writeFileSync(join(root, "incoming", "half"), "half");
  await openFileBlobs(root, { flush: true });
  assert.deepEqual(readdirSync(join(root, "incoming")), []);
});

test("a blob put a moment ago is not deleted, one of a former process is", async (t) => {
  const { blobs, root } = await open(t);
  const { key } = await blobs.put(Buffer.from("data"));
  assert.deepEqual(await blobs.delete([key]), []);
  const later = await openFileBlobs(root, { flush: true });
  assert.deepEqual(await later.delete([key]), [key]);
  await assert.rejects(later.file(key));
});

test("a blob is readable by its owner alone", async (t) => {
  const { blobs } = await open(t);
  const { key } = await blobs.put(Buffer.from("secret"));
  assert.equal(statSync(await blobs.file(key)).mode & 0o777, 0o600);
});

test("a reader that nobody reads holds no file open", async (t) => {
  const { blobs } = await open(t);
  const { key } = await blobs.put(Buffer.from("data"));
  const before = readdirSync("/proc/self/fd").length;
  for (let n = 0; n < 50; n++) await blobs.get(key);
  assert.ok(readdirSync("/proc/self/fd").length < before + 10);
});

test("a blob that no row ever named goes at the next start, a fresh one stays", async (t) => {
  const dataDirectory = join(temporaryDirectory(t), "data");
  const fail = (error: unknown) => assert.fail(String(error));
  const options = { clock: systemClock, program: "1.0.0", onFatal: fail, onError: fail };
  const first = await openStore({ dataDirectory }, options);
  const orphan = await first.blobs.put(Buffer.from("its row was never written"));
  await first.close();

  const second = await openStore({ dataDirectory }, options);
  t.after(() => second.close());
  const fresh = await second.blobs.put(Buffer.from("its row is on the way"));
  await sweepOrphans(second.database, second.blobs);
  await assert.rejects(second.blobs.file(orphan.key), StoreError);
  assert.ok(await second.blobs.file(fresh.key));
});
