import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type TestContext, test } from "node:test";
import { CodeStore, mergedTree } from "../../src/functions/code-store.ts";
import { awsLimits } from "../../src/functions/limits.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { openFileBlobs } from "../../src/store/blobs-files.ts";
import { zipOf } from "../services/lambda/zip-of.ts";

const noBootId = existsSync("/proc/sys/kernel/random/boot_id") ? false : "this system does not tell one boot from another";
const never = async () => assert.fail("nothing was to be refused");

async function directory(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "lambent-code-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  return root;
}

async function open(t: TestContext, root: string, inUse: readonly string[] = []): Promise<CodeStore> {
  const blobs = await openFileBlobs(join(root, "blobs"), { flush: false });
  const store = await CodeStore.open({ directory: join(root, "code"), blobs, limits: awsLimits, random: systemRandom }, new Set(inUse));
  t.after(() => store.close());
  return store;
}

async function treesIn(root: string): Promise<readonly string[]> {
  return (await readdir(join(root, "code"))).filter((name) => name !== ".boot-id").sort();
}

test("admitted code lies unpacked under the hash of its zip", async (t) => {
  const root = await directory(t);
  const store = await open(t, root);
  const { key } = await store.admit(await zipOf({ "index.mjs": "export {}" }), never);
  assert.deepEqual(await treesIn(root), [key]);
  assert.equal(await readFile(join(await store.directory(key), "index.mjs"), "utf8"), "export {}");
});

test("a zip that is refused leaves no tree, and its key is told", async (t) => {
  const root = await directory(t);
  const store = await open(t, root);
  const told: string[] = [];
  const admitted = store.admit(Buffer.from("no zip"), async (key) => void told.push(key));
  await assert.rejects(admitted, { code: "InvalidParameterValueException", status: 400 });
  assert.equal(told.length, 1);
  assert.deepEqual(await treesIn(root), []);
  const zip = await zipOf({ a: "b" });
  await store.admit(zip, never);
});

test("a tree that is gone is made again from the stored zip", async (t) => {
  const root = await directory(t);
  const { key } = await (await open(t, root)).admit(await zipOf({ a: "b" }), never);
  await rm(join(root, "code"), { recursive: true });
  const later = await open(t, root, [key]);
  assert.equal(await readFile(join(await later.directory(key), "a"), "utf8"), "b");
});

test("those who ask at once for code that is not there yet share one unpacking", async (t) => {
  const root = await directory(t);
  const { key } = await (await open(t, root)).admit(await zipOf({ a: "b" }), never);
  await rm(join(root, "code", key), { recursive: true });
  const later = await open(t, root, [key]);
  const asked = Array.from({ length: 20 }, () => later.directory(key));
  assert.equal(new Set(await Promise.all(asked)).size, 1);
  assert.deepEqual(await treesIn(root), [key]);
});

test("code whose zip is gone cannot be had, and can be had once it is back", async (t) => {
  const root = await directory(t);
  const zip = await zipOf({ a: "b" });
  const { key } = await (await open(t, root)).admit(zip, never);
  await rm(join(root, "code", key), { recursive: true });
  const blob = join(root, "blobs", key.slice(0, 2), key);
  await rm(blob);
  const later = await open(t, root, [key]);
  await assert.rejects(later.directory(key));
  await writeFile(blob, zip);
  assert.equal(await readFile(join(await later.directory(key), "a"), "utf8"), "b");
});

test("a start keeps the trees in use, and sweeps others and what was half made", { skip: noBootId }, async (t) => {
  const root = await directory(t);
  const first = await open(t, root);
  const { key: kept } = await first.admit(await zipOf({ a: "kept" }), never);
  await first.admit(await zipOf({ a: "not kept" }), never);
  await mkdir(join(root, "code", ".aside-0123", "deep"), { recursive: true });
  const before = await stat(join(root, "code", kept));
  await open(t, root, [kept]);
  assert.deepEqual(await treesIn(root), [kept]);
  assert.equal((await stat(join(root, "code", kept))).ino, before.ino);
});

test("trees made before the machine was started again are not trusted", async (t) => {
  const root = await directory(t);
  const { key } = await (await open(t, root)).admit(await zipOf({ a: "b" }), never);
  await writeFile(join(root, "code", ".boot-id"), "another boot\n");
  await writeFile(join(root, "code", key, "a"), ""); // as a crash would leave it
  const later = await open(t, root, [key]);
  assert.deepEqual(await treesIn(root), []);
  assert.equal(await readFile(join(await later.directory(key), "a"), "utf8"), "b");
});

test("a tree that no version names goes with the second sweep, unless it was asked for between", async (t) => {
  const root = await directory(t);
  const store = await open(t, root);
  const keys = await Promise.all(["used", "unused", "asked for"].map(async (a) => (await store.admit(await zipOf({ a }), never)).key));
  const [used, , askedFor] = keys as [string, string, string];
  const hour = 3_600_000;
  const sweep = (nowMs: number) => store.sweepIfDue(nowMs, () => new Set([used]));
  await sweep(hour);
  assert.equal((await treesIn(root)).length, 3);
  await store.directory(askedFor);
  await sweep(hour + 1); // not due
  assert.equal((await treesIn(root)).length, 3);
  await sweep(2 * hour);
  assert.deepEqual(await treesIn(root), [used, askedFor].sort());
});

test("layers are merged in their order: what a later one has stands, whatever an earlier one had there", async (t) => {
  const root = await directory(t);
  const store = await open(t, root);
  const link = (target: string) => ({ content: target, mode: 0o120777 });
  const key = async (files: Parameters<typeof zipOf>[0]) => (await store.admit(await zipOf(files), never)).key;
  const below = await key({
    same: "below",
    "both/below": "below",
    "was-file": "x",
    "was-dir/x": "x",
    "was-link": link("both"),
    run: { content: "r", mode: 0o100755 },
  });
  const above = await key({ same: "above", "both/above": "above", "was-file/y": "y", "was-dir": link("both"), "was-link/z": "z" });
  const opt = await store.layers([below, above]);
  const text = (path: string) => readFile(join(opt, path), "utf8");
  assert.deepEqual([await text("same"), await text("both/below"), await text("both/above")], ["above", "below", "above"]);
  assert.deepEqual([await text("was-file/y"), await readlink(join(opt, "was-dir")), await text("was-link/z")], ["y", "both", "z"]);
  assert.deepEqual(await readdir(join(opt, "both")), ["above", "below"]);
  assert.equal((await lstat(join(opt, "run"))).mode & 0o777, 0o755);
  const otherWay = await store.layers([above, below]);
  assert.equal(await readFile(join(otherWay, "same"), "utf8"), "below");
  assert.equal(await readFile(join(await store.directory(below), "same"), "utf8"), "below");
});

test("merged layers are one tree among the others: kept while in use, shared by those who ask at once, made again when gone", async (t) => {
  const root = await directory(t);
  const store = await open(t, root);
  const keys = await Promise.all(["1", "2"].map(async (a) => (await store.admit(await zipOf({ a }), never)).key));
  const asked = Array.from({ length: 10 }, () => store.layers(keys));
  assert.equal(new Set(await Promise.all(asked)).size, 1);
  const merged = mergedTree(keys);
  assert.deepEqual(await treesIn(root), [...keys, merged].sort());
  const later = await open(t, root, [merged]);
  if (noBootId === false) assert.deepEqual(await treesIn(root), [merged]);
  await rm(join(root, "code", merged), { recursive: true, force: true });
  assert.equal(await readFile(join(await later.layers(keys), "a"), "utf8"), "2");
});

test("the unzipped size is that of all files", async (t) => {
  const store = await open(t, await directory(t));
  const { key } = await store.admit(await zipOf({ a: Buffer.alloc(1_000), "b/c": "12345" }), never);
  assert.equal(await store.unzippedBytes(key), 1_005);
});

test("a zip of nearly 50 MB is kept and unpacked beside the event loop", async (t) => {
  const root = await directory(t);
  const store = await open(t, root);
  const random = Buffer.from(Array.from({ length: 1 << 16 }, () => Math.floor(systemRandom.unit() * 256)));
  const incompressible = Buffer.concat(Array.from({ length: 740 }, (_, index) => Buffer.from(random).fill(index, 0, 64)));
  const zip = await zipOf({ bootstrap: { content: incompressible, mode: 0o100755, compress: false } });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const { key, size } = await store.admit(zip, never);
  delay.disable();
  assert.equal(size, zip.length);
  assert.equal((await stat(join(await store.directory(key), "bootstrap"))).size, incompressible.length);
  t.diagnostic(
    `${(size / 1e6).toFixed(1)} MB: event loop delay p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, max ${(delay.max / 1e6).toFixed(1)} ms`,
  );
});
