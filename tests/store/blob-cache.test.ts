// The cache of blobs that live elsewhere: bounded, what was used last stays, and what may be read just now too.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BlobCache } from "../../src/store/blob-cache.ts";
import { temporaryDirectory } from "./ledger.ts";

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

test("above its limit the cache gives up what was used longest ago, and nothing of the last minutes", async (t) => {
  let passedMs = 0;
  const now = performance.now.bind(performance);
  t.mock.method(performance, "now", () => now() + passedMs);
  const cache = await BlobCache.open(join(temporaryDirectory(t), "cache"), 3 * MIB);
  const add = async (text: string) => (await cache.add(Buffer.alloc(MIB, text))).key;
  const kept = await add("used again");
  const idle = await add("idle");
  passedMs += HOUR_MS;
  assert.ok(await cache.find(kept));
  const fresh = [await add("1"), await add("2"), await add("3")];
  assert.equal(await cache.find(idle), undefined);
  for (const key of [kept, ...fresh]) assert.ok(await cache.find(key), "used a moment ago, above the limit or not");
  passedMs += HOUR_MS;
  await add("4");
  const left = await Promise.all([kept, ...fresh].map((key) => cache.find(key)));
  assert.equal(left.filter((path) => path !== undefined).length, 2);
});

test("a cache is empty at its start", async (t) => {
  const directory = join(temporaryDirectory(t), "cache");
  const before = await BlobCache.open(directory);
  const path = await before.find((await before.add(Buffer.from("of yesterday"))).key);
  await BlobCache.open(directory);
  assert.ok(path !== undefined && !existsSync(path));
});
