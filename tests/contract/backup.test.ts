// A backup of either store restored into either: every row of every table, every blob, and numbers that are never given out again.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { blobColumns } from "../../src/store/blob-columns.ts";
import { lambent } from "../cli/lambent.ts";
import {
  comparable,
  type Dialect,
  type Engine,
  filesOf,
  fill,
  type PlainRow,
  postgresEngine,
  sqliteEngine,
  tablesOf,
} from "./filled-store.ts";
import { emptyDatabase, withoutPostgres } from "./postgres-server.ts";
import { openAt } from "./store-dialects.ts";

/** Rows that nodes renew every second: they stay behind. */
const LEFT_BEHIND = ["node", "permit"];

interface Place {
  readonly dataDirectory: string;
  readonly url?: string;
}

interface StoreKind {
  readonly dialect: Dialect;
  readonly skip: string | false;
  place(t: TestContext): Promise<Place>;
  engines(place: Place): Promise<readonly Engine[]>;
}

const KINDS: Readonly<Record<string, StoreKind>> = {
  SQLite: {
    dialect: "sqlite",
    skip: false,
    place: async (t) => ({ dataDirectory: newDirectory(t) }),
    engines: async ({ dataDirectory }) => filesOf(dataDirectory).map(sqliteEngine),
  },
  PostgreSQL: {
    dialect: "postgres",
    skip: withoutPostgres,
    place: async (t) => ({ dataDirectory: newDirectory(t), url: await emptyDatabase() }),
    engines: async ({ url }) => [await postgresEngine(url!)],
  },
};

function newDirectory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "lambent-test-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return join(path, "data");
}

const optionsOf = ({ dataDirectory, url }: Place) => ["--data", dataDirectory, ...(url === undefined ? [] : ["--store", url])];

interface Filled {
  readonly place: Place;
  readonly tables: ReadonlyMap<string, readonly PlainRow[]>;
  readonly blobs: ReadonlyMap<string, string>;
}

async function filled(t: TestContext, kind: StoreKind): Promise<Filled> {
  const place = await kind.place(t);
  const store = await openAt(place);
  await store.logs();
  const blobs = new Map<string, string>();
  for (const text of ["one", "two", "three"]) blobs.set((await store.blobs.put(Buffer.from(text))).key, text);
  await store.close();
  const tables = new Map<string, readonly PlainRow[]>();
  for (const engine of await kind.engines(place)) {
    for (const [table, rows] of await fill(engine, kind.dialect, [...blobs.keys()])) tables.set(table, rows);
    await engine.close();
  }
  return { place, tables, blobs };
}

async function movedTo(t: TestContext, from: Filled, to: StoreKind): Promise<Place> {
  const backup = join(newDirectory(t), "backup");
  const target = await to.place(t);
  for (const line of [
    ["backup", backup, ...optionsOf(from.place)],
    ["restore", backup, ...optionsOf(target)],
  ]) {
    const { exitCode, err } = await lambent(line);
    assert.equal(exitCode, 0, err);
  }
  return target;
}

for (const [fromName, from] of Object.entries(KINDS)) {
  for (const [toName, to] of Object.entries(KINDS)) {
    describe(`a backup of ${fromName} restored into ${toName}`, { skip: from.skip || to.skip, timeout: 240_000 }, () => {
      test("has every row of every table, and every blob that rows name", async (t) => {
        const source = await filled(t, from);
        const place = await movedTo(t, source, to);
        const seen = new Set<string>();
        for (const engine of await to.engines(place)) {
          for (const table of await tablesOf(engine, to.dialect)) {
            const expected = LEFT_BEHIND.includes(table) ? [] : source.tables.get(table)!;
            assert.deepEqual(comparable(await engine.query(`SELECT * FROM ${table}`)), comparable(expected), table);
            seen.add(table);
          }
          await engine.close();
        }
        assert.deepEqual([...seen].toSorted(), [...source.tables.keys()].toSorted());
        assert.ok(blobColumns.every(([table]) => seen.has(table)));
        const store = await openAt(place);
        t.after(() => store.close());
        for (const [key, text] of source.blobs) assert.equal(String(await buffer(await store.blobs.get(key))), text);
      });

      test("gives out no message number that the time after the backup may have seen", async (t) => {
        const source = await filled(t, from);
        const place = await movedTo(t, source, to);
        const engines = await to.engines(place);
        const [row] = await engines[0]!.query(
          "INSERT INTO message (queue_id, visible_at, sent_at, body) VALUES (1, 0, 0, '') RETURNING id",
        );
        for (const engine of engines) await engine.close();
        assert.ok(Number(row?.["id"]) > 1_000_000_000, `${row?.["id"]}`);
      });
    });
  }
}
