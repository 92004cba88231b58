import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type Entry, openPromise } from "yauzl";
import { lambent } from "./lambent.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lambent-build-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const build = (...argv: readonly string[]) => lambent(["build", ...argv, "--json"], { workingDirectory: folder });

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

async function entriesOf(zip: string): Promise<readonly Entry[]> {
  const opened = await openPromise(zip);
  const entries: Entry[] = [];
  for await (const entry of opened.eachEntry()) entries.push(entry);
  return entries;
}

test("a folder with index.mjs becomes a Node function, without what is no code", async () => {
  await write({ "f/index.mjs": "export const handler = () => 1", "f/lib/a.js": "", "f/.git/config": "", "f/.env": "SECRET=1" });
  const [built] = JSON.parse((await build("f")).out);
  assert.match(built.runtime, /^nodejs\d\d\.x$/);
  assert.equal(built.handler, "index.handler");
  const names = (await entriesOf(built.zip)).map((entry) => entry.fileName);
  assert.deepEqual(names.toSorted(), ["index.mjs", "lib/a.js"]);
});

test("a dependency's folder is code, whatever it is called", async () => {
  await write({ "f/index.mjs": "", "f/node_modules/compiler/target/es.js": "", "f/target/debug/x": "", "f/.venv/bin/python": "" });
  const [built] = JSON.parse((await build("f")).out);
  const names = (await entriesOf(built.zip)).map((entry) => entry.fileName);
  assert.deepEqual(names.toSorted(), ["index.mjs", "node_modules/compiler/target/es.js"]);
});

test("a bootstrap keeps its executable bit", async () => {
  await write({ "f/bootstrap": "#!/bin/sh\n", "f/notes.txt": "" });
  await chmod(join(folder, "f/bootstrap"), 0o755);
  const [built] = JSON.parse((await build("f")).out);
  const modes = (await entriesOf(built.zip)).map((entry) => [entry.fileName, (entry.externalFileAttributes >>> 16) & 0o777]);
  assert.deepEqual(modes, [
    ["bootstrap", 0o755],
    ["notes.txt", 0o644],
  ]);
});

test("equal code gives equal bytes, whenever it was written", async () => {
  await write({ "a/f/index.mjs": "export const handler = () => 1" });
  await build("a/f", "--out", "one");
  await write({ "b/f/index.mjs": "export const handler = () => 1" });
  await build("b/f", "--out", "two");
  assert.deepEqual(await readFile(join(folder, "one/f.zip")), await readFile(join(folder, "two/f.zip")));
});

test("a folder that could be anything asks for --runtime", async () => {
  await write({ "f/main.txt": "" });
  const { exitCode, err } = await build("f");
  assert.equal(exitCode, 1);
  assert.match(err, /--runtime nodejs24\.x --handler index\.handler/);
});

test("a path that is not there is named", async () => {
  const { exitCode, err } = await build("nowhere");
  assert.equal(exitCode, 1);
  assert.match(err, /There is no .*nowhere/);
});

test("a cargo project without dependencies becomes a zip with one executable bootstrap", async () => {
  await write({
    "f/Cargo.toml": '[package]\nname = "f"\nversion = "0.1.0"\nedition = "2024"\n[[bin]]\nname = "one"\npath = "one.rs"\n',
    "f/one.rs": "fn main() {}",
  });
  const ran = await build("f");
  assert.equal(ran.exitCode, 0, ran.err);
  const [built] = JSON.parse(ran.out);
  assert.equal(built.name, "one");
  assert.equal(built.runtime, "provided.al2023");
  const [bootstrap] = await entriesOf(built.zip);
  assert.equal(bootstrap?.fileName, "bootstrap");
  assert.equal((bootstrap!.externalFileAttributes >>> 16) & 0o111, 0o111);
});

test("a cargo build that fails says what cargo said", async () => {
  await write({
    "f/Cargo.toml": '[package]\nname = "f"\nversion = "0.1.0"\nedition = "2024"\n',
    "f/src/main.rs": "fn main() { nonsense }",
  });
  const { exitCode, err } = await build("f");
  assert.equal(exitCode, 1);
  assert.match(err, /cannot find value `nonsense`/);
});

test("a binary that is not there is answered with those that are", async () => {
  await write({ "f/Cargo.toml": '[package]\nname = "f"\nversion = "0.1.0"\nedition = "2024"\n', "f/src/main.rs": "fn main() {}" });
  const { exitCode, err } = await build("f", "--bin", "other");
  assert.equal(exitCode, 1);
  assert.match(err, /There is no binary other.*It has: f\./);
});
