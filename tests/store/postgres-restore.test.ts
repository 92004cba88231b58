// A restore into PostgreSQL beside others who use the same database or the same blobs.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../src/lib/clock.ts";
import { openTarget } from "../../src/store/backup/places.ts";
import type { PortableRow } from "../../src/store/backup/row-source.ts";
import { BLOBS_OWNER } from "../../src/store/blobs-owner.ts";
import { migrations } from "../../src/store/migrations.ts";
import { postgresEngine } from "../contract/filled-store.ts";
import { emptyDatabase, withoutPostgres } from "../contract/postgres-server.ts";
import { openAt } from "../contract/store-dialects.ts";
import { temporaryDirectory } from "./ledger.ts";

const SALT = { name: "sqs_salt", columns: ["id", "salt"] };
const SECRET = { name: "access_secret", columns: ["name", "secret"] };

interface Scene {
  readonly url: string;
  readonly dataDirectory: string;
}

async function scene(t: TestContext): Promise<Scene> {
  return { url: await emptyDatabase(), dataDirectory: join(temporaryDirectory(t), "data") };
}

const open = (place: Scene) => openTarget({ ...place, blobs: undefined, program: "1.0.0", clock: systemClock }, migrations);

async function* one(row: PortableRow): AsyncGenerator<readonly PortableRow[]> {
  yield [row];
}

async function rowsOf(url: string, sql: string) {
  const engine = await postgresEngine(url);
  const rows = await engine.query(sql);
  await engine.close();
  return rows;
}

const WAITING =
  "SELECT 1 AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

describe("a restore into PostgreSQL", { skip: withoutPostgres, timeout: 180_000 }, () => {
  test("is waited for by a node that starts meanwhile, which then has its rows", async (t) => {
    const place = await scene(t);
    const target = await open(place);
    await target.rows.insert(SALT, one([1, "of the backup"]));
    const starting = openAt({ memory: true, url: place.url });
    while ((await rowsOf(place.url, WAITING)).length === 0) await delay(10);
    await target.commit();
    const store = await starting;
    t.after(() => store.close());
    assert.deepEqual(await rowsOf(place.url, "SELECT salt FROM sqs_salt"), [{ salt: "of the backup" }]);
  });

  test("that is given up leaves no table", async (t) => {
    const place = await scene(t);
    const target = await open(place);
    await target.rows.insert(SALT, one([1, "of the backup"]));
    await target.abandon();
    await (await open(place)).abandon(); // not refused
    const tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()";
    assert.deepEqual(await rowsOf(place.url, tables), []);
  });

  test("is refused where a table is, whosever it is", async (t) => {
    const place = await scene(t);
    await rowsOf(place.url, "CREATE TABLE mine (id bigint)");
    await assert.rejects(open(place), { code: "restore-target-not-empty", message: /it has a table mine/ });
  });

  test("takes over the blobs of the database that was lost, and none of another one", async (t) => {
    const place = await scene(t);
    const secret = Buffer.from("the lost one");
    const first = await open(place);
    await writeFile(join(place.dataDirectory, "blobs/database-id"), "another one");
    await first.rows.insert(SECRET, one([BLOBS_OWNER, secret]));
    await assert.rejects(first.commit(), { code: "restore-target-not-empty", message: /holds the blobs of another database/ });
    await first.abandon();
    for (const found of ["the lost one", undefined]) {
      const again = {
        url: await emptyDatabase(),
        dataDirectory: found === undefined ? join(place.dataDirectory, "new") : place.dataDirectory,
      };
      const target = await open(again);
      const file = join(again.dataDirectory, "blobs/database-id");
      if (found !== undefined) await writeFile(file, found);
      await target.rows.insert(SECRET, one([BLOBS_OWNER, secret]));
      await target.commit();
      assert.equal(await readFile(file, "utf8"), "the lost one");
    }
  });
});
