// The directory of all state: private, local, ours, and used by one process at a time.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { PlatformError } from "../../src/lib/errors.ts";
import { claimDirectory, networkFileSystem, readHolder } from "../../src/store/data-directory.ts";
import { claimMemoryDirectory } from "../../src/store/memory-directory.ts";
import { temporaryDirectory } from "./ledger.ts";

const holder = fileURLToPath(new URL("./hold-directory.ts", import.meta.url));
const platformError = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof PlatformError && error.code === code && text.test(error.message);

async function holdElsewhere(t: TestContext, root: string, endpoint: string) {
  const child = spawn(process.execPath, [holder, root, endpoint], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

test("a second process is refused and learns who holds the directory", async (t) => {
  const root = join(temporaryDirectory(t), "data");
  const child = await holdElsewhere(t, root, "http://127.0.0.1:4999");
  assert.throws(
    () => claimDirectory(root),
    platformError("data-directory-in-use", new RegExp(`process ${child.pid}, started 20.*http://127.0.0.1:4999`)),
  );
});

test("a killed process holds the directory no longer", async (t) => {
  const root = join(temporaryDirectory(t), "data");
  const child = await holdElsewhere(t, root, "http://127.0.0.1:4999");
  child.kill("SIGKILL");
  await once(child, "exit");
  const claimed = claimDirectory(root);
  assert.equal(readHolder(root)?.pid, process.pid);
  claimed.release();
});

test("one process cannot claim a directory twice either, and may claim it again after its release", (t) => {
  const root = join(temporaryDirectory(t), "data");
  const first = claimDirectory(root);
  assert.throws(() => claimDirectory(root), platformError("data-directory-in-use", /is in use by process/));
  first.release();
  assert.equal(readHolder(root), undefined);
  claimDirectory(root).release();
});

test("the directory is its owner's alone, also when it was there before", (t) => {
  const parent = temporaryDirectory(t);
  const [made, found] = [join(parent, "a", "b"), join(parent, "found")];
  mkdirSync(found, { mode: 0o755 });
  chmodSync(found, 0o755);
  for (const root of [made, found]) {
    claimDirectory(root).release();
    assert.equal(statSync(root).mode & 0o777, 0o700, root);
  }
});

test("a directory with somebody else's files is refused and left alone", (t) => {
  const root = temporaryDirectory(t);
  writeFileSync(join(root, "thesis.txt"), "years of work");
  mkdirSync(join(root, "run"));
  assert.throws(() => claimDirectory(root), platformError("data-directory-foreign", /thesis\.txt/));
  assert.deepEqual(readdirSync(root).toSorted(), ["run", "thesis.txt"]);
});

test("what died with the predecessor is swept, what outlives it is kept", (t) => {
  const root = join(temporaryDirectory(t), "data");
  const first = claimDirectory(root);
  writeFileSync(join(first.run, "socket"), "");
  writeFileSync(join(first.code, "unpacked"), "");
  first.release();
  const second = claimDirectory(root);
  t.after(() => second.release());
  assert.deepEqual(readdirSync(second.run), []);
  assert.deepEqual(readdirSync(second.code), ["unpacked"]);
});

test("network file systems are known by number, on Linux only", () => {
  assert.equal(networkFileSystem(0x6969, "linux"), "NFS");
  assert.equal(networkFileSystem(0xff534d42, "linux"), "CIFS");
  assert.equal(networkFileSystem(0xef53, "linux"), undefined);
  assert.equal(networkFileSystem(0x6969, "darwin"), undefined);
});

test("a throw-away directory is gone after its release", () => {
  const claimed = claimMemoryDirectory();
  assert.ok(existsSync(claimed.blobs));
  claimed.release();
  assert.equal(existsSync(claimed.root), false);
});

test("a throw-away directory that a killed server left is swept by the next, one in use is not", (t) => {
  const used = claimMemoryDirectory();
  t.after(() => used.release());
  const left = mkdtempSync(join(tmpdir(), "lambent-memory-"));
  t.after(() => rmSync(left, { recursive: true, force: true }));
  writeFileSync(join(left, "lock.db"), "");
  const longAgo = new Date(Date.now() - 3_600_000);
  for (const root of [used.root, left]) utimesSync(join(root, "lock.db"), longAgo, longAgo);

  const next = claimMemoryDirectory();
  t.after(() => next.release());
  assert.equal(existsSync(left), false);
  assert.ok(existsSync(used.blobs));
});
