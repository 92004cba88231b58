// A backup beside what removes blobs, and of a directory whose schema is an older one.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import type { Clock } from "../../src/lib/clock.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { readManifest } from "../../src/store/backup/manifest.ts";
import { openBlobs, openRows, openTarget } from "../../src/store/backup/places.ts";
import { restoreBackup } from "../../src/store/backup/restore-backup.ts";
import { writeBackup } from "../../src/store/backup/write-backup.ts";
import { collectGarbage, sweepOrphans } from "../../src/store/garbage.ts";
import { openStore, type Store } from "../../src/store/open.ts";
import { createQueue } from "../../src/store/queue/queues.procs.ts";
import { filesOf, sqliteEngine } from "../contract/filled-store.ts";
import { openAt } from "../contract/store-dialects.ts";
import { releasedSchemas, restore as unpackFixture } from "./fixture-directory.ts";
import { temporaryDirectory } from "./ledger.ts";

const HOUR_MS = 3_600_000;
const fail = (error: unknown) => assert.fail(String(error));
const quiet = { onProgress: () => {}, signal: new AbortController().signal };

interface Place {
  readonly dataDirectory: string;
  readonly url: undefined;
  readonly blobs: undefined;
}

const placeIn = (directory: string): Place => ({ dataDirectory: directory, url: undefined, blobs: undefined });

/** `meanwhile` happens when the rows' moment has been fixed and nothing has been read yet. */
async function backUp(place: Place, destination: string, meanwhile: () => Promise<void> = async () => {}): Promise<void> {
  const rows = await openRows(place);
  await meanwhile();
  const work = { rows, blobs: await openBlobs(place), destination, program: "1.0.0", takenAtMs: 0, ...quiet };
  await writeBackup(work);
}

interface Scene {
  readonly place: Place;
  readonly destination: string;
  readonly store: Store;
  readonly key: string;
  /** The message that names the blob goes, its blob is garbage so much later. */
  remove(afterMs: number): Promise<void>;
}

/** A message that names a blob which a former process has put, so that it is not protected as a new one is. */
async function scene(t: TestContext): Promise<Scene> {
  const directory = temporaryDirectory(t);
  const place = placeIn(join(directory, "data"));
  const former = await openAt(place);
  const { key } = await former.blobs.put(Buffer.from("a large body"));
  await former.close();
  let nowMs = 1_000_000;
  const clock: Clock = { nowMs: () => nowMs, at: () => () => {} };
  const store = await openStore(place, { clock, program: "1.0.0", onFatal: fail, onError: fail });
  t.after(() => store.close());
  const settings = { isFifo: false, visibilityMs: HOUR_MS, delayMs: 0, retentionMs: 100 * HOUR_MS };
  const { id } = await store.database.run(createQueue, { account: "1", region: "r", kind: "test", name: "large", settings });
  await store.queues.send(id, [{ body: "", blobKey: key }]);
  const remove = async (afterMs: number) => {
    await store.queues.remove(id, await store.queues.receive(id, { max: 1 }));
    nowMs += afterMs;
    await collectGarbage(store.database, store.blobs);
    await sweepOrphans(store.database, store.blobs);
  };
  return { place, destination: join(directory, "backup"), store, key, remove };
}

test("a blob whose last row goes while the backup is made is in it, and so is the row", async (t) => {
  const { place, destination, store, key, remove } = await scene(t);
  await backUp(place, destination, () => remove(HOUR_MS - 1));
  await assert.doesNotReject(store.blobs.file(key));
  const { blobs, tables } = await readManifest(destination);
  assert.deepEqual(blobs, [{ key, bytes: 12 }]);
  assert.equal(tables.find(({ name }) => name === "message")?.rows, 1);
});

test("one that goes before it is copied, an hour later, fails the backup and is named", async (t) => {
  const { place, destination, key, remove } = await scene(t);
  await assert.rejects(
    backUp(place, destination, () => remove(HOUR_MS)),
    { code: "backup-failed", message: new RegExp(key) },
  );
});

test("what is acknowledged after the moment of the rows is not in the backup", async (t) => {
  const { place, destination, store } = await scene(t);
  const [queue] = await rowsIn(place, "SELECT id FROM queue");
  await backUp(place, destination, async () => void (await store.queues.send(Number(queue?.["id"]), [{ body: "later" }])));
  assert.equal((await readManifest(destination)).tables.find(({ name }) => name === "message")?.rows, 1);
});

async function rowsIn({ dataDirectory }: Place, sql: string) {
  const engine = sqliteEngine(filesOf(dataDirectory)[0]!);
  const rows = await engine.query(sql);
  await engine.close();
  return rows;
}

for (const schema of releasedSchemas()) {
  test(`a directory of ${schema} is backed up as it is, restored as it is, and migrated at its start`, async (t) => {
    const directory = temporaryDirectory(t);
    const [from, to] = [placeIn(join(directory, "data")), placeIn(join(directory, "restored"))];
    unpackFixture(schema, from.dataDirectory);
    const backup = join(directory, "backup");
    await backUp(from, backup);
    const target = { ...to, program: "1.0.0", clock: systemClock };
    const manifest = await restoreBackup({ backup, program: "1.0.0", open: (migrations) => openTarget(target, migrations), ...quiet });
    assert.equal(manifest.schema, Number(schema.slice("schema-".length)));
    const functions = "SELECT id, account, region, name FROM functions";
    const before = await rowsIn(from, functions);
    assert.deepEqual(await rowsIn(to, functions), before);
    const applied = "SELECT max(id) AS newest FROM schema_migration";
    assert.deepEqual(await rowsIn(to, applied), await rowsIn(from, applied));
    const store = await openAt(to);
    t.after(() => store.close());
    assert.deepEqual(await rowsIn(to, functions), before);
    const [version] = await rowsIn(to, "SELECT code_key FROM function_version");
    assert.ok((await buffer(await store.blobs.get(String(version?.["code_key"])))).byteLength > 0);
  });
}

test("of two restores into one place at a time one is refused, and the place is never taken from whoever came first", async (t) => {
  const { place, destination } = await scene(t);
  await backUp(place, destination);
  const to = placeIn(`${destination}-restored`);
  const target = { ...to, program: "1.0.0", clock: systemClock };
  const restored = (open: Parameters<typeof restoreBackup>[0]["open"]) =>
    restoreBackup({ backup: destination, program: "1.0.0", open, ...quiet });
  await restored(async (migrations) => {
    const first = await openTarget(target, migrations);
    await assert.rejects(
      restored((schema) => openTarget(target, schema)),
      { code: "data-directory-in-use" },
    );
    return first;
  });
  const late = `${destination}-late`;
  await assert.rejects(
    restored(async (migrations) => {
      const opened = await openTarget({ ...target, dataDirectory: late }, migrations);
      mkdirSync(late);
      writeFileSync(join(late, "mine"), "1");
      return opened;
    }),
    { code: "ENOTEMPTY" },
  );
  assert.deepEqual([existsSync(`${late}.restoring`), readdirSync(late)], [false, ["mine"]]);
});
