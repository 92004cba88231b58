// What only PostgreSQL's side promises: retries, lost connections and servers, commits without an answer, wake-ups and the clock over nodes.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../scripts/free-port.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { PlatformError } from "../../src/lib/errors.ts";
import { readingsOf, SteadyClock } from "../../src/lib/steady-clock.ts";
import { type Database, EVERY_TOPIC, proc, StoreError, urgentProc } from "../../src/store/database.ts";
import { closing, openPostgresLedger } from "../contract/database-dialects.ts";
import { emptyDatabase, ownPostgres, sql, withoutPostgres } from "../contract/postgres-server.ts";
import { cutProxy } from "./cut-proxy.ts";
import { addEntry, allNumbers, ask, bothSides } from "./ledger.procs.ts";
import { mountSmallDisk } from "./small-disk.ts";

const isStoreError =
  (...codes: string[]) =>
  (error: unknown) =>
    error instanceof StoreError && codes.includes(error.code);
const isPlatformError = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PlatformError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, words);
  assert.doesNotMatch(error.message, /secret-word/);
  return true;
};

const beat = urgentProc("ledger.beat", (tx) => tx.query("SELECT 1 AS one"));

const openIn = async (t: TestContext, url: string) => closing(t, openPostgresLedger(url));

async function worksAgain(database: Database, n: number): Promise<void> {
  for (const until = Date.now() + 60_000; ; await delay(50)) {
    try {
      await database.run(addEntry, { n });
      return;
    } catch (error) {
      if (Date.now() > until || !isStoreError("unavailable")(error)) throw error;
    }
  }
}

/** They are gone when this is answered, or a call would still find one. */
const END_OTHER_SESSIONS =
  "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

describe("PostgreSQL", { skip: withoutPostgres, timeout: 240_000 }, () => {
  test("procs that deadlock are tried again, and both of them are done", async (t) => {
    const database = await openIn(t, await emptyDatabase());
    let attempts = 0;
    const bothHoldOne = Promise.withResolvers<void>();
    const grow = (first: string, second: string) =>
      proc(`ledger.grow-${first}-${second}`, async (tx) => {
        const add = (name: string) => tx.query("UPDATE balance SET value = value + 1 WHERE name = $1", [name]);
        await add(first);
        if (++attempts === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await add(second);
      });
    await Promise.all([database.run(grow("left", "right"), null), database.run(grow("right", "left"), null)]);
    assert.deepEqual(await database.read(bothSides, null), [2, 2]);
    assert.ok(attempts > 2, "there was no deadlock to survive");
  });

  test("what is urgent waits for nothing that is not", async (t) => {
    const database = await openIn(t, await emptyDatabase());
    let isHeard = () => {};
    const heard = new Promise<void>((resolve) => {
      isHeard = resolve;
    });
    const held = proc("ledger.held", async (tx) => {
      await tx.query("SELECT 1 AS one");
      await heard;
    });
    const work = Array.from({ length: 100 }, () => database.run(held, null));
    await database.run(beat, null);
    isHeard();
    await Promise.all(work);
  });

  test("connections on which nothing comes any more hold up no heartbeat, and soon nothing else", { timeout: 180_000 }, async (t) => {
    const proxy = await cutProxy(t, await emptyDatabase());
    const database = await openIn(t, proxy.url);
    await database.run(beat, null);
    let begun = 0;
    let goOn = () => {};
    const silenced = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const held = proc("ledger.held", async (tx) => {
      await tx.query("SELECT 1 AS one");
      begun++;
      await silenced;
      await tx.query("SELECT 2 AS two");
    });
    const ended: string[] = [];
    const losing = async () => {
      await assert.rejects(database.run(held, null), isStoreError("unavailable"));
      ended.push("lost");
    };
    const lost = Array.from({ length: 8 }, losing);
    while (begun < 8) await delay(5);
    proxy.silenceAll();
    goOn();
    await database.run(beat, null);
    ended.push("beat");
    await database.run(addEntry, { n: 1 });
    await Promise.all(lost);
    assert.equal(ended[0], "beat");
  });

  test("in a hurry an answer that does not come is given up sooner", { timeout: 180_000 }, async (t) => {
    const url = await emptyDatabase();
    const proxy = await cutProxy(t, url);
    const [calm, hasty] = [await openIn(t, proxy.url), await openIn(t, proxy.url)];
    let begun = 0;
    const held = proc("ledger.held", async (tx) => {
      await tx.query("SELECT 1 AS one");
      begun++;
      while (begun < 2) await delay(5); // both have their connections
      proxy.silenceAll();
      await tx.query("SELECT 2 AS two");
    });
    const lost: string[] = [];
    const losing = (name: string, database: Database) =>
      assert.rejects(database.run(held, null), isStoreError("unavailable")).then(() => lost.push(name));
    const waiting = losing("calm", calm);
    const hurrying = losing("hasty", hasty);
    hasty.hurry?.();
    await hurrying;
    assert.deepEqual(lost, ["hasty"]);
    proxy.cutAll();
    await waiting;
  });

  test("text with U+0000 is refused, and only that call", async (t) => {
    const database = await openIn(t, await emptyDatabase());
    await assert.rejects(database.run(addEntry, { n: 1, note: "a\u0000b" }), isStoreError("constraint"));
    assert.equal(await database.run(addEntry, { n: 2 }), 2);
  });

  test("text is ordered by its bytes, whatever the database's locale", async (t) => {
    const database = await openIn(t, await emptyDatabase());
    for (const [n, note] of ["b", "B", "a_", "a-b", "ä"].entries()) await database.run(addEntry, { n, note });
    const rows = await database.read(ask, "SELECT note FROM entry ORDER BY note");
    assert.deepEqual(
      rows.map(({ note }) => note),
      ["B", "a-b", "a_", "b", "ä"],
    );
    const [column] = await database.read(ask, "SELECT collation_name FROM information_schema.columns WHERE column_name = 'note'");
    assert.equal(column?.["collation_name"], "C");
  });

  test("a statement that takes too long is ended and says so", async (t) => {
    const database = await openIn(t, await emptyDatabase());
    const slow = proc("ledger.slow", async (tx) => {
      await tx.query("SET LOCAL statement_timeout = 50");
      await tx.query("SELECT pg_sleep(60)");
    });
    await assert.rejects(database.run(slow, null), isStoreError("busy"));
    assert.equal(await database.run(addEntry, { n: 1 }), 1);
  });

  for (const when of ["before", "after"] as const) {
    test(`a commit whose connection is cut ${when} the server gets it is an unknown outcome`, async (t) => {
      const url = await emptyDatabase();
      const proxy = await cutProxy(t, url);
      const database = await openIn(t, proxy.url);
      proxy.cutAt("COMMIT", when);
      await assert.rejects(database.run(addEntry, { n: 1 }), isStoreError("unknown-outcome"));
      proxy.heal();
      await worksAgain(database, 2);
      const isThere = async () => (await database.read(allNumbers, null)).includes(1);
      if (when === "before") assert.equal(await isThere(), false);
      else while (!(await isThere())) await delay(10);
    });
  }

  test("a connection that is cut before the commit leaves nothing behind, and the next call has another", async (t) => {
    const proxy = await cutProxy(t, await emptyDatabase());
    const database = await openIn(t, proxy.url);
    proxy.cutAt("INSERT INTO entry", "after");
    await assert.rejects(database.run(addEntry, { n: 1 }), isStoreError("unavailable"));
    proxy.heal();
    await worksAgain(database, 2);
    assert.deepEqual(await database.read(allNumbers, null), [2]);
  });

  test("sessions that the server ends are replaced", async (t) => {
    const url = await emptyDatabase();
    const database = await openIn(t, url);
    await Promise.all(Array.from({ length: 8 }, (_, n) => database.run(addEntry, { n })));
    await sql(url, END_OTHER_SESSIONS);
    await worksAgain(database, 100);
    assert.equal((await database.read(allNumbers, null)).length, 9);
  });

  test("a database that becomes read-only refuses writes, still reads, and takes writes again", async (t) => {
    const url = await emptyDatabase();
    const database = await openIn(t, url);
    await database.run(addEntry, { n: 1 });
    const name = new URL(url).pathname.slice(1);
    await sql(url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await sql(url, END_OTHER_SESSIONS);
    for (let refused = false; !refused; ) {
      const error: unknown = await database.run(addEntry, { n: 2 }).catch((cause: unknown) => cause);
      assert.ok(isStoreError("unavailable")(error), String(error));
      refused = /read-only/.test(String(error));
    }
    assert.deepEqual(await database.read(allNumbers, null), [1]);
    await assert.rejects(openPostgresLedger(url), isPlatformError("store-unusable", /takes no writes/));
    await sql(url, `BEGIN READ WRITE; ALTER DATABASE ${name} SET default_transaction_read_only = off; COMMIT`);
    await sql(url, END_OTHER_SESSIONS);
    await worksAgain(database, 3);
  });

  test("a full disk refuses calls, loses nothing acknowledged, and works again once there is room", async (t) => {
    const disk = mountSmallDisk(t, 24);
    if (disk === undefined) return t.skip("mounting a file system needs root on Linux");
    const server = await ownPostgres(t);
    disk.giveTo(server.uid);
    await sql(server.url, `CREATE TABLESPACE small LOCATION '${disk.path}'`);
    const url = await server.createDatabase("TABLESPACE small");
    const database = await openIn(t, url);
    const acknowledged: number[] = [];
    const refused: unknown[] = [];
    const data = new Uint8Array(100_000).map(() => Math.random() * 256);
    for (let n = 0; n < 400 && refused.length < 20; n++) {
      await database.run(addEntry, { n, data }).then(
        () => acknowledged.push(n),
        (error: unknown) => refused.push(error),
      );
    }
    assert.ok(acknowledged.length > 0 && refused.length > 0);
    assert.ok(refused.every(isStoreError("unavailable")), String(refused[0]));
    disk.enlarge(200);
    assert.equal(await database.run(addEntry, { n: 1_000, data }), 1_000);
    assert.deepEqual(await database.read(allNumbers, null), [...acknowledged, 1_000]);
    await database.close();
    await server.stop();
  });

  test("two nodes wake each other, and neither hears its own twice", async (t) => {
    const url = await emptyDatabase();
    const [one, other] = [await openIn(t, url), await openIn(t, url)];
    const heard = { one: [] as string[], other: [] as string[] };
    one.onWake((topic) => heard.one.push(topic));
    const arrived = new Promise<void>((resolve) => other.onWake((topic) => heard.other.push(topic) && topic === "added 2" && resolve()));
    await one.run(addEntry, { n: 1 });
    await one.run(addEntry, { n: 2 });
    await arrived;
    assert.deepEqual(heard.one, ["added 1", "added", "added 2", "added"]);
    assert.deepEqual([...new Set(heard.other)].toSorted(), ["added", "added 1", "added 2"]);
  });

  test("a node that was cut off is woken for everything once it is back", async (t) => {
    const proxy = await cutProxy(t, await emptyDatabase());
    const database = await openIn(t, proxy.url);
    const woken = new Promise<string>((resolve) => database.onWake(resolve));
    proxy.cutAll();
    assert.equal(await woken, EVERY_TOPIC);
  });

  test("others are woken for everything once a node that lost its wake-ups on the way can publish again", {
    timeout: 180_000,
  }, async (t) => {
    const url = await emptyDatabase();
    const proxy = await cutProxy(t, url);
    const [one, other] = [await openIn(t, proxy.url), await openIn(t, url)];
    await one.run(beat, null);
    const woken = new Promise<void>((resolve) => other.onWake((topic) => topic === EVERY_TOPIC && resolve()));
    proxy.silenceAll();
    await one.run(beat, null); // over a new connection: the others are not trusted any more
    await one.run(addEntry, { n: 1 });
    await woken;
  });

  test("nodes with wrong clocks agree about the time", async (t) => {
    const url = await emptyDatabase();
    const wrong = (byMs: number) => ({ ...systemClock, nowMs: () => Date.now() + byMs });
    const early = await closing(t, openPostgresLedger(url, { clock: wrong(-3_600_000) }));
    const late = await closing(t, openPostgresLedger(url, { clock: wrong(3_600_000) }));
    assert.ok(Math.abs(early.nowMs() - late.nowMs()) < 60_000);
    assert.ok(Math.abs(early.nowMs() - Date.now()) < 60_000);
  });

  test("a node whose clock is set knows the database's time all the same", async (t) => {
    let aheadMs = 0;
    const machine = { ...systemClock, nowMs: () => Date.now() + aheadMs };
    const clock = new SteadyClock(readingsOf(machine), { comesTogether: false });
    const database = await closing(t, openPostgresLedger(await emptyDatabase(), { clock }));
    for (const hours of [3, -3, 0]) {
      aheadMs = hours * 3_600_000;
      assert.ok(Math.abs(database.nowMs() - Date.now()) < 60_000, `${hours} hours`);
    }
  });

  test("what is wrong with the address is told in a sentence without the password", async () => {
    const url = new URL(await emptyDatabase());
    const changed = (change: (copy: URL) => void) => {
      const copy = new URL(url.href);
      change(copy);
      return copy.href;
    };
    const port = await freePort();
    const nobody = changed((copy) => Object.assign(copy, { port: String(port), password: "secret-word" }));
    await assert.rejects(openPostgresLedger(nobody), isPlatformError("store-unreachable", /127\.0\.0\.1.*ECONNREFUSED/));
    const wrong = changed((copy) => Object.assign(copy, { password: "secret-word" }));
    await assert.rejects(openPostgresLedger(wrong), isPlatformError("store-login-refused", /password authentication failed/));
    const missing = changed((copy) => Object.assign(copy, { pathname: "/missing" }));
    await assert.rejects(openPostgresLedger(missing), isPlatformError("store-unusable", /does not exist.*createdb/));
  });

  test("a database in another encoding is refused", async (t) => {
    const server = await ownPostgres(t);
    const url = await server.createDatabase("ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
    await assert.rejects(openPostgresLedger(url), isPlatformError("store-unusable", /encoded in SQL_ASCII/));
  });

  test("a server that is killed under load has lost nothing that it acknowledged, and nobody needs to start again", async (t) => {
    const server = await ownPostgres(t);
    const database = await openIn(t, await server.createDatabase());
    const acknowledged = new Set<number>();
    const unknown = new Set<number>();
    let next = 0;
    let isOver = false;
    const produce = async () => {
      while (!isOver) {
        const n = next++;
        try {
          await database.run(addEntry, { n });
          acknowledged.add(n);
        } catch (error) {
          assert.ok(isStoreError("unavailable", "unknown-outcome")(error), String(error));
          unknown.add(n);
          await delay(20);
        }
      }
    };
    const producers = Array.from({ length: 16 }, produce);
    for (let round = 1; round <= 3; round++) {
      const before = acknowledged.size;
      while (acknowledged.size < before + 150 * round) await delay(5);
      await server.kill();
      await server.restart();
    }
    const before = acknowledged.size;
    while (acknowledged.size < before + 50) await delay(5);
    isOver = true;
    await Promise.all(producers);
    const stored = new Set(await database.read(allNumbers, null));
    assert.deepEqual(
      [...acknowledged].filter((n) => !stored.has(n)),
      [],
    );
    assert.ok(unknown.size > 0);
    await database.close();
    await server.stop();
  });
});
