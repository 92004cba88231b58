import assert from "node:assert/strict";
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type UnpackJob, unpack } from "../../src/functions/unpack.ts";
import { Refusal, type RefusalReason } from "../../src/functions/unpack-refusal.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { rawZip } from "./raw-zip.ts";

interface Place {
  readonly root: string;
  readonly into: string;
  unpack(zip: Buffer, limits?: Partial<UnpackJob>): Promise<void>;
}

async function place(t: TestContext): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), "lambent-unpack-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  const into = join(root, "into");
  const zipFile = join(root, "code.zip");
  await mkdir(into);
  const defaults = { zip: zipFile, into, unzippedBytesMax: 1_000_000, entriesMax: 100 };
  return {
    root,
    into,
    async unpack(zip, limits = {}) {
      await writeFile(zipFile, zip);
      await unpack({ ...defaults, ...limits });
    },
  };
}

function refused(reason: RefusalReason) {
  return (error: unknown) => error instanceof Refusal && error.reason === reason;
}

test("files, directories and what they contain appear as they were packed", async (t) => {
  const { into, unpack } = await place(t);
  const large = Buffer.alloc(300_000, "lambent ");
  await unpack(await zipOf({ "a.txt": "a", "deep/er/b.bin": large, stored: { content: "as it is", compress: false }, empty: "" }));
  assert.equal(await readFile(join(into, "a.txt"), "utf8"), "a");
  assert.deepEqual(await readFile(join(into, "deep/er/b.bin")), large);
  assert.equal(await readFile(join(into, "stored"), "utf8"), "as it is");
  assert.equal((await stat(join(into, "empty"))).size, 0);
});

test("modes are kept whatever the umask, set-user-id bits are not", async (t) => {
  const { into, unpack } = await place(t);
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  await unpack(
    await zipOf({
      run: { content: "x", mode: 0o100755 },
      read: { content: "x", mode: 0o100644 },
      secret: { content: "x", mode: 0o100600 },
      suid: { content: "x", mode: 0o104755 },
      "dir/in": { content: "x", mode: 0o100640 },
    }),
  );
  const modeOf = async (path: string) => (await stat(join(into, path))).mode & 0o7777;
  assert.equal(await modeOf("run"), 0o755);
  assert.equal(await modeOf("read"), 0o644);
  assert.equal(await modeOf("secret"), 0o600);
  assert.equal(await modeOf("suid"), 0o755);
  assert.equal(await modeOf("dir/in"), 0o640);
  assert.equal(await modeOf("dir"), 0o755);
  assert.equal(await modeOf("."), 0o755);
});

test("a file without a Unix mode can be read by everyone", async (t) => {
  const { into, unpack } = await place(t);
  await unpack(rawZip([{ name: "plain.txt", content: "x", mode: 0 }]));
  assert.equal((await stat(join(into, "plain.txt"))).mode & 0o777, 0o644);
});

test("a symbolic link inside the tree is made", async (t) => {
  const { into, unpack } = await place(t);
  await unpack(
    rawZip([
      { name: "lib/libx.so", content: "libx.so.1", mode: 0o120777 },
      { name: "lib/libx.so.1", content: "elf", mode: 0o100755 },
      { name: "bin/run", content: "../lib/libx.so", mode: 0o120777 },
    ]),
  );
  assert.equal(await readlink(join(into, "lib/libx.so")), "libx.so.1");
  assert.equal(await readFile(join(into, "bin/run"), "utf8"), "elf");
});

for (const [what, entries] of Object.entries({
  "an absolute path": [{ name: "/etc/evil", content: "x" }],
  "a path with ..": [{ name: "../evil", content: "x" }],
  "a path with .. further in": [{ name: "a/../../evil", content: "x" }],
  "a path with .. in backslashes": [{ name: "a\\..\\..\\evil", content: "x" }],
  "a drive letter": [{ name: "C:/evil", content: "x" }],
  "a NUL in a name": [{ name: "a\0b", content: "x" }],
  "a name that is too long": [{ name: "n".repeat(300), content: "x" }],
  "an absolute link": [{ name: "link", content: "/etc/passwd", mode: 0o120777 }],
  "a link to above": [{ name: "a/link", content: "../../x", mode: 0o120777 }],
  "a link that leaves through another link": [
    { name: "d/up", content: "..", mode: 0o120777 },
    { name: "link", content: "d/up/../x", mode: 0o120777 },
  ],
  "links in a circle": [
    { name: "a", content: "b", mode: 0o120777 },
    { name: "b", content: "a", mode: 0o120777 },
  ],
  "a file below a link": [
    { name: "link", content: "elsewhere", mode: 0o120777 },
    { name: "link/evil", content: "x" },
  ],
  "a file below a file": [
    { name: "a", content: "x" },
    { name: "a/b", content: "x" },
  ],
  "a device": [{ name: "null", content: "", mode: 0o020666 }],
  "an encrypted entry": [{ name: "a", content: "x", flags: 1 }],
  "a compression method that is not known": [{ name: "a", content: "x", method: 12 }],
  "a wrong checksum": [{ name: "a", content: "x", crc: 1 }],
  "a wrong size": [{ name: "a", content: "x", declaredSize: 5 }],
})) {
  test(`${what} is refused, and nothing is written outside`, async (t) => {
    const { root, unpack } = await place(t);
    await assert.rejects(unpack(rawZip(entries)), refused("not-a-zip"));
    assert.deepEqual((await readdir(root)).sort(), ["code.zip", "into"]);
    assert.equal(await lstat("/etc/evil").catch(() => undefined), undefined);
  });
}

for (const [what, bytes] of Object.entries({
  nothing: Buffer.alloc(0),
  "no zip": Buffer.from("PK, but no zip"),
  "half a zip": (await zipOf({ a: Buffer.alloc(10_000, "x") })).subarray(0, 60),
  "random bytes": Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 7919) % 251)),
})) {
  test(`${what} is not a zip`, async (t) => {
    const { unpack } = await place(t);
    await assert.rejects(unpack(bytes), refused("not-a-zip"));
  });
}

test("a zip without entries is empty", async (t) => {
  const { unpack } = await place(t);
  await assert.rejects(unpack(await zipOf({})), refused("empty"));
});

test("what unpacks to more than the limit is refused while it is unpacked, whatever it says of itself", async (t) => {
  const { into, unpack } = await place(t);
  const bomb = await zipOf({ a: Buffer.alloc(5_000_000) });
  assert.ok(bomb.length < 10_000);
  await assert.rejects(unpack(bomb, { unzippedBytesMax: 4_999_999 }), refused("too-large"));
  assert.ok((await stat(join(into, "a"))).size <= 4_999_999);
  await rm(join(into, "a"));
  await unpack(bomb, { unzippedBytesMax: 5_000_000 });
});

test("the limit holds for all files together", async (t) => {
  const { unpack } = await place(t);
  const zip = await zipOf({ a: Buffer.alloc(600), b: Buffer.alloc(600) });
  await assert.rejects(unpack(zip, { unzippedBytesMax: 1_000 }), refused("too-large"));
});

test("more entries than the limit are refused before any is written", async (t) => {
  const { into, unpack } = await place(t);
  const zip = await zipOf(Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`f${index}`, ""])));
  await assert.rejects(unpack(zip, { entriesMax: 10 }), refused("not-a-zip"));
  assert.deepEqual(await readdir(into), []);
});

test("a path that stands twice in the zip has the later content", async (t) => {
  const { into, unpack } = await place(t);
  const twice = [
    { name: "a", content: "longer first" },
    { name: "a", content: "second" },
  ];
  await unpack(rawZip(twice));
  assert.equal(await readFile(join(into, "a"), "utf8"), "second");
});
