// Changes of a PostgreSQL database's schema, beside nodes that run on it.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { PlatformError } from "../../src/lib/errors.ts";
import type { Database } from "../../src/store/database.ts";
import { connect } from "../../src/store/dialects/postgres-connection.ts";
import type { Migration } from "../../src/store/migration.ts";
import { closing, openPostgresLedger } from "../contract/database-dialects.ts";
import { emptyDatabase, sql, withoutPostgres } from "../contract/postgres-server.ts";
import { addEntry, allNumbers, ask, ledger, ledgerColour } from "./ledger.procs.ts";

const openIn = (t: TestContext, url: string, migrations: readonly Migration[] = [ledger], program = "1.0.0") =>
  closing(t, openPostgresLedger(url, { migrations, program }));

async function columnsOf(database: Database): Promise<readonly unknown[]> {
  const rows = await database.read(ask, "SELECT column_name FROM information_schema.columns WHERE table_name = 'entry'");
  return rows.map((row) => row["column_name"]);
}

describe("migrations of PostgreSQL", { skip: withoutPostgres }, () => {
  test("nodes that start at once on an empty database make one schema", async (t) => {
    const url = await emptyDatabase();
    const nodes = await Promise.all(Array.from({ length: 4 }, () => openIn(t, url, [ledger, ledgerColour])));
    await Promise.all(nodes.map((node, n) => node.run(addEntry, { n })));
    assert.deepEqual(await nodes[0]!.read(allNumbers, null), [0, 1, 2, 3]);
    const applied = await nodes[0]!.read(ask, "SELECT id, name, program FROM schema_migration ORDER BY id");
    assert.deepEqual(applied, [
      { id: 1, name: "ledger", program: "1.0.0" },
      { id: 2, name: "ledger-colour", program: "1.0.0" },
    ]);
  });

  test("a newer node changes the schema while an older one works", async (t) => {
    const url = await emptyDatabase();
    const older = await openIn(t, url);
    let isOver = false;
    const working = (async () => {
      let n = 0;
      while (!isOver) await older.run(addEntry, { n: n++ });
      return n;
    })();
    const newer = await openIn(t, url, [ledger, ledgerColour], "2.0.0").finally(() => {
      isOver = true;
    });
    assert.ok((await columnsOf(newer)).includes("colour"));
    const written = await working;
    assert.equal((await newer.read(allNumbers, null)).length, written);
  });

  test("a table in use is waited for, and those who come after us are let through meanwhile", async (t) => {
    const url = await emptyDatabase();
    const older = await openIn(t, url);
    const holder = await connect(url);
    t.after(() => holder.close());
    await holder.query("BEGIN");
    await holder.query("LOCK TABLE entry IN ACCESS SHARE MODE");
    const opening = openIn(t, url, [ledger, ledgerColour], "2.0.0");
    const isWaiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE entry%'";
    while ((await older.read(ask, isWaiting)).length === 0);
    await older.run(addEntry, { n: 1 }); // behind an ALTER TABLE that waits for ever it would never come to its turn
    await holder.query("COMMIT");
    assert.ok((await columnsOf(await opening)).includes("colour"));
  });

  test("a node that died between two statements is carried on from there", async (t) => {
    const url = await emptyDatabase();
    const twoSteps: Migration = { ...ledgerColour, up: () => ["ALTER TABLE entry ADD COLUMN colour text", "CREATE TABLE no such thing"] };
    await openIn(t, url);
    await assert.rejects(openPostgresLedger(url, { migrations: [ledger, twoSteps] }), PlatformError);
    const repaired: Migration = { ...twoSteps, up: () => ["ALTER TABLE entry ADD COLUMN colour text", "CREATE TABLE other (n bigint)"] };
    const database = await openIn(t, url, [ledger, repaired]);
    assert.ok((await columnsOf(database)).includes("colour"));
    assert.deepEqual(await database.read(ask, "SELECT n FROM other"), []);
  });

  test("a newer schema is refused, naming the version that wrote it", async (t) => {
    const url = await emptyDatabase();
    await openIn(t, url, [ledger, ledgerColour], "2.3.4");
    await assert.rejects(openPostgresLedger(url), (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "data-schema-newer");
      assert.match(error.message, /schema 2, written by lambent 2\.3\.4; this is lambent 1\.0\.0/);
      return true;
    });
  });

  test("a role that may not create tables is told so", async () => {
    const url = new URL(await emptyDatabase());
    const role = `reader_${url.pathname.slice(1)}`;
    await sql(url.href, "REVOKE CREATE ON SCHEMA public FROM PUBLIC", `CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    Object.assign(url, { username: role, password: "x" });
    await assert.rejects(openPostgresLedger(url.href), (error: unknown) => {
      assert.ok(error instanceof PlatformError && error.code === "store-unusable", String(error));
      assert.match(error.message, /permission denied/);
      return true;
    });
  });
});
