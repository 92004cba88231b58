// lambent backup and restore where something is wrong: a damaged, incomplete, foreign or newer backup, a place that is taken, a kill, a full disk.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { root } from "../../scripts/command.ts";
import { type Manifest, readManifest, writeManifest } from "../../src/store/backup/manifest.ts";
import { blobFile } from "../../src/store/blobs-files.ts";
import { filesOf, fill, sqliteEngine } from "../contract/filled-store.ts";
import { openAt } from "../contract/store-dialects.ts";
import { temporaryDirectory } from "../store/ledger.ts";
import { mountSmallDisk } from "../store/small-disk.ts";
import { lambent } from "./lambent.ts";

const MIB = 1024 * 1024;
/** So long must copying them take that a kill meets it. */
const MANY_BLOBS = 40;

interface Scene {
  readonly folder: string;
  readonly data: string;
  readonly backup: string;
  /** Keys of blobs that rows name. */
  readonly blobs: readonly string[];
}

/** A data directory that no server uses, with rows in every table and blobs of 1 MiB each. */
async function scene(t: TestContext, blobCount = 3): Promise<Scene> {
  const folder = temporaryDirectory(t);
  const data = join(folder, "data");
  const store = await openAt({ dataDirectory: data });
  await store.logs();
  const blobs: string[] = [];
  for (let count = 0; count < blobCount; count++) blobs.push((await store.blobs.put(randomBytes(MIB))).key);
  await store.close();
  for (const file of filesOf(data)) {
    const engine = sqliteEngine(file);
    await fill(engine, "sqlite", blobs);
    if (file.endsWith("main.db")) for (const key of blobs) await nameInMessage(engine, key);
    await engine.close();
  }
  return { folder, data, backup: join(folder, "backup"), blobs };
}

async function nameInMessage(engine: ReturnType<typeof sqliteEngine>, key: string): Promise<void> {
  await engine.query("INSERT INTO message (queue_id, visible_at, sent_at, blob_key, body) VALUES (1, 1, 1, ?1, '')", [key]);
}

async function backedUp(t: TestContext, blobCount?: number): Promise<Scene> {
  const made = await scene(t, blobCount);
  const { exitCode, err } = await lambent(["backup", made.backup, "--data", made.data]);
  assert.equal(exitCode, 0, err);
  return made;
}

/** The code of the failure, and its message. */
async function failing(argv: readonly string[]): Promise<{ readonly code: string; readonly message: string }> {
  const { exitCode, out, err } = await lambent([...argv, "--json"]);
  assert.equal(exitCode, 1, out);
  return JSON.parse(err).error;
}

/** Of `restore` and of `restore --check` alike; neither leaves anything. */
async function refusal({ folder, backup }: Scene) {
  const checked = await failing(["restore", backup, "--check"]);
  const restored = await failing(["restore", backup, "--data", join(folder, "restored")]);
  assert.deepEqual(restored, checked);
  assert.deepEqual(readdirSync(folder).toSorted(), ["backup", "data"]);
  return checked;
}

async function rewrite(backup: string, change: (manifest: Manifest) => Manifest): Promise<void> {
  const { sha256: _, ...manifest } = JSON.parse(readFileSync(join(backup, "manifest.json"), "utf8"));
  rmSync(join(backup, "manifest.json"));
  await writeManifest(backup, change(manifest));
}

describe("restore refuses", { timeout: 380_000 }, () => {
  test("what is no backup, and one that has no manifest", async (t) => {
    const made = await backedUp(t);
    rmSync(join(made.backup, "manifest.json"));
    const { code, message } = await refusal(made);
    assert.equal(code, "backup-unusable");
    assert.match(message, /no manifest\.json: it is no backup of lambent, or one that was broken off/);
  });

  test("a manifest that somebody has changed, or that is another program's", async (t) => {
    const made = await backedUp(t);
    const file = join(made.backup, "manifest.json");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace('"rows": 3', '"rows": 2'));
    assert.match((await refusal(made)).message, /damaged: its manifest\.json has been changed/);
    writeFileSync(file, '{"name":"app"}');
    assert.match((await refusal(made)).message, /another program's/);
    writeFileSync(file, text.slice(0, -20));
    assert.match((await refusal(made)).message, /no JSON/);
  });

  test("rows that were changed or are missing", async (t) => {
    const made = await backedUp(t);
    const file = join(made.backup, "rows/queue.jsonl.gz");
    const bytes = readFileSync(file);
    appendFileSync(file, "\n");
    assert.match((await refusal(made)).message, /damaged: .*queue\.jsonl\.gz has been changed/);
    writeFileSync(
      file,
      bytes.map((byte, index) => (index === 30 ? byte ^ 1 : byte)),
    );
    assert.match((await refusal(made)).message, /damaged: .*queue\.jsonl\.gz has been changed/);
    rmSync(file);
    assert.match((await refusal(made)).message, /incomplete: .*queue\.jsonl\.gz is missing/);
  });

  test("a blob that was changed or is missing", async (t) => {
    const made = await backedUp(t);
    const file = blobFile(join(made.backup, "blobs"), made.blobs[1]!);
    const bytes = readFileSync(file);
    writeFileSync(
      file,
      bytes.map((byte, index) => (index === 70_000 ? byte ^ 1 : byte)),
    );
    assert.match((await refusal(made)).message, new RegExp(`damaged: the blob ${made.blobs[1]} is not what its name says`));
    rmSync(file);
    assert.match((await refusal(made)).message, new RegExp(`incomplete: the blob ${made.blobs[1]} is missing`));
  });

  test("a schema that this program does not know, and names the version that made it", async (t) => {
    const made = await backedUp(t);
    await rewrite(made.backup, (manifest) => ({ ...manifest, lambent: "9.1.0", migrations: [...manifest.migrations, 999], schema: 999 }));
    const { code, message } = await refusal(made);
    assert.equal(code, "data-schema-newer");
    assert.match(message, /schema 999, made by lambent 9\.1\.0.*Restore it with lambent 9\.1\.0 or newer/);
  });

  test("a format that this program does not know", async (t) => {
    const made = await backedUp(t);
    await rewrite(made.backup, (manifest) => ({ ...manifest, formatVersion: 2 }));
    assert.match((await refusal(made)).message, /format that this one does not know/);
  });

  test("a directory that is not empty, and leaves it alone", async (t) => {
    const made = await backedUp(t);
    const taken = join(made.folder, "taken");
    mkdirSync(taken);
    writeFileSync(join(taken, "mine"), "1");
    const { code, message } = await failing(["restore", made.backup, "--data", taken]);
    assert.equal(code, "restore-target-not-empty");
    assert.match(message, /taken is not empty/);
    assert.deepEqual(readdirSync(taken), ["mine"]);
    assert.equal((await failing(["restore", made.backup, "--data", made.data])).code, "restore-target-not-empty");
  });
});

test("an empty directory is as good as none, and what is restored has the schema of the backup and is migrated at the start", async (t) => {
  const made = await backedUp(t);
  const older = (manifest: Manifest) => ({
    ...manifest,
    migrations: manifest.migrations.filter((id) => id !== 22),
    tables: manifest.tables.filter(({ name }) => name !== "function_url"),
  });
  await rewrite(made.backup, older);
  const restored = join(made.folder, "restored");
  mkdirSync(restored);
  const { exitCode, err } = await lambent(["restore", made.backup, "--data", restored]);
  assert.equal(exitCode, 0, err);
  const hasMode = async () => {
    const engine = sqliteEngine(join(restored, "main.db"));
    const columns = await engine.query("SELECT name FROM pragma_table_info('function_url')");
    await engine.close();
    return columns.some(({ name }) => name === "invoke_mode");
  };
  assert.equal(await hasMode(), false);
  await (await openAt({ dataDirectory: restored })).close();
  assert.equal(await hasMode(), true);
});

describe("backup refuses", { timeout: 380_000 }, () => {
  test("a destination that is not empty, a directory that is not lambent's, and a server in memory", async (t) => {
    const made = await backedUp(t);
    const taken = await failing(["backup", made.backup, "--data", made.data]);
    assert.deepEqual([taken.code, /is not empty/.test(taken.message)], ["backup-failed", true]);
    assert.match((await failing(["backup", join(made.folder, "other"), "--data", made.folder])).message, /has no main\.db/);
    const { exitCode, err } = await lambent(["backup", join(made.folder, "other")], { environment: { LAMBENT_MEMORY: "1" } });
    assert.deepEqual([exitCode, /keeps nothing/.test(err)], [1, true]);
    assert.deepEqual(readdirSync(made.folder).toSorted(), ["backup", "data"]);
  });

  test("to go without a blob that a row names, and leaves nothing", async (t) => {
    const made = await scene(t);
    rmSync(blobFile(join(made.data, "blobs"), made.blobs[0]!));
    const { code, message } = await failing(["backup", made.backup, "--data", made.data]);
    assert.equal(code, "backup-failed");
    assert.match(message, new RegExp(`names the blob ${made.blobs[0]}, which is not there`));
    assert.deepEqual(readdirSync(made.folder), ["data"]);
  });

  test("to copy a blob that is damaged", async (t) => {
    const made = await scene(t);
    appendFileSync(blobFile(join(made.data, "blobs"), made.blobs[0]!), "x");
    assert.match((await failing(["backup", made.backup, "--data", made.data])).message, /is damaged/);
    assert.deepEqual(readdirSync(made.folder), ["data"]);
  });
});

/** `lambent …`, which gets the signal as soon as there are blobs in that directory. It sends it itself: who looks from outside may look too late. */
function signalled(signal: NodeJS.Signals, blobs: string, argv: readonly string[]) {
  const hook = ["--import", new URL("./signal-half-way.ts", import.meta.url).href];
  const env = { ...process.env, HALF_WAY: blobs, HALF_WAY_SIGNAL: signal };
  return spawn(process.execPath, [...hook, join(root, "src/main.ts"), ...argv], { stdio: ["ignore", "ignore", "pipe"], env });
}

async function killed(argv: readonly string[], blobs: string): Promise<void> {
  const child = signalled("SIGKILL", blobs, argv);
  assert.deepEqual(await once(child, "exit"), [null, "SIGKILL"], "it had ended before it was killed");
}

/** Stops it as Ctrl-C does; what it said. */
async function stopped(argv: readonly string[], blobs: string): Promise<string> {
  const child = signalled("SIGINT", blobs, argv);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  assert.deepEqual(await once(child, "close"), [1, null], said);
  return said;
}

describe("killed half-way", { timeout: 380_000 }, () => {
  test("a backup is not at its place, is refused as incomplete, and is not written over", async (t) => {
    const made = await scene(t, MANY_BLOBS);
    const aside = `${made.backup}.incomplete`;
    await killed(["backup", made.backup, "--data", made.data], join(aside, "blobs"));
    assert.ok(!existsSync(made.backup) && existsSync(aside));
    assert.equal((await failing(["restore", aside, "--data", join(made.folder, "restored")])).code, "backup-unusable");
    assert.match((await failing(["backup", made.backup, "--data", made.data])).message, /incomplete is in the way/);
    rmSync(aside, { recursive: true });
    assert.equal((await lambent(["backup", made.backup, "--data", made.data])).exitCode, 0);
  });

  test("a restore is not at its place, and the next one begins anew", async (t) => {
    const made = await backedUp(t, MANY_BLOBS);
    const restored = join(made.folder, "restored");
    await killed(["restore", made.backup, "--data", restored], `${restored}.restoring/blobs`);
    assert.ok(!existsSync(restored));
    const { exitCode, err } = await lambent(["restore", made.backup, "--data", restored]);
    assert.equal(exitCode, 0, err);
    assert.deepEqual(readdirSync(made.folder).toSorted(), ["backup", "data", "restored"]);
    const store = await openAt({ dataDirectory: restored });
    t.after(() => store.close());
    for (const key of made.blobs) assert.ok(await store.blobs.file(key));
  });
});

test("stopped by Ctrl-C, backup and restore remove what they have written", { timeout: 380_000 }, async (t) => {
  const made = await scene(t, MANY_BLOBS);
  const backup = ["backup", made.backup, "--data", made.data];
  assert.match(await stopped(backup, `${made.backup}.incomplete/blobs`), /Stopped\. What had been written has been removed/);
  assert.deepEqual(readdirSync(made.folder), ["data"]);
  assert.equal((await lambent(backup)).exitCode, 0);
  const restored = join(made.folder, "restored");
  await stopped(["restore", made.backup, "--data", restored], `${restored}.restoring/blobs`);
  assert.deepEqual(readdirSync(made.folder).toSorted(), ["backup", "data"]);
});

test("on a disk that fills up, backup and restore say so and leave nothing", { timeout: 380_000 }, async (t) => {
  const made = await backedUp(t, 6);
  const disk = mountSmallDisk(t, 4);
  if (disk === undefined) return t.skip("a small disk cannot be mounted here");
  const full = await failing(["backup", join(disk.path, "backup"), "--data", made.data]);
  assert.deepEqual([full.code, /The disk is full/.test(full.message)], ["backup-failed", true]);
  assert.deepEqual(readdirSync(disk.path), []);
  const again = await failing(["restore", made.backup, "--data", join(disk.path, "data")]);
  assert.deepEqual([again.code, /The disk is full/.test(again.message)], ["restore-failed", true]);
  assert.deepEqual(readdirSync(disk.path), []);
});

test("a backup says what is in it, and --check reads all of it", async (t) => {
  const made = await scene(t);
  const { out } = await lambent(["backup", made.backup, "--data", made.data, "--json"]);
  const told = JSON.parse(out);
  const manifest = await readManifest(made.backup);
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  assert.deepEqual([told.rows, told.blobs, told.takenAt, told.schema], [rows, 3, manifest.takenAt, manifest.schema]);
  assert.ok(told.bytes > 3 * MIB);
  const { out: checked } = await lambent(["restore", made.backup, "--check"]);
  assert.match(checked, new RegExp(`is good: ${rows} rows and 3 blobs, 3\\.\\d MB`));
});
