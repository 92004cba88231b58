// Blobs in a directory that several nodes share (--blobs): what one of them has just put, another leaves alone.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Blobs } from "../../src/store/blobs.ts";
import { openFileBlobs } from "../../src/store/blobs-files.ts";
import { temporaryDirectory } from "./ledger.ts";

const DAY_MS = 86_400_000;
const open = (root: string) => openFileBlobs(root, { flush: true, shared: true });

async function twoNodes(t: TestContext): Promise<{ root: string; one: Blobs; other: Blobs }> {
  const root = join(temporaryDirectory(t), "blobs");
  return { root, one: await open(root), other: await open(root) };
}

/** As if `path` had been written so long ago. */
function age(path: string, ms: number): void {
  const then = new Date(Date.now() - ms);
  utimesSync(path, then, then);
}

test("what one node has put, another reads", async (t) => {
  const { one, other } = await twoNodes(t);
  const { key } = await one.put(Buffer.from("shared"));
  const parts: Uint8Array[] = [];
  for await (const part of await other.get(key)) parts.push(part);
  assert.equal(String(Buffer.concat(parts)), "shared");
});

test("a blob that another node has put a moment ago stays, an old one goes, one put again stays again", async (t) => {
  const { one, other } = await twoNodes(t);
  const { key } = await one.put(Buffer.from("young"));
  assert.deepEqual(await other.delete([key]), []);
  const path = await other.file(key);
  age(path, DAY_MS);
  await one.put(Buffer.from("young"));
  assert.deepEqual(await other.delete([key]), []);
  age(path, DAY_MS);
  assert.deepEqual(await other.delete([key]), [key]);
  assert.equal(existsSync(path), false);
  assert.deepEqual(await other.delete([key]), [key], "gone is gone");
});

test("a node that starts leaves what others are writing, and removes what has been abandoned", async (t) => {
  const root = join(temporaryDirectory(t), "blobs");
  const incoming = join(root, "incoming");
  mkdirSync(incoming, { recursive: true });
  const [fresh, abandoned] = [join(incoming, "fresh"), join(incoming, "abandoned")];
  for (const path of [fresh, abandoned]) writeFileSync(path, "half");
  age(abandoned, 2 * DAY_MS);
  await open(root);
  assert.deepEqual([existsSync(fresh), existsSync(abandoned)], [true, false]);
});
