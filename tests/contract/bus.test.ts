// What every bus promises: a hint to whoever listens, after the commit that gives it, on every node; never before, never for what was undone.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type Bus, localBus } from "../../src/store/bus.ts";
import { type Database, EVERY_TOPIC } from "../../src/store/database.ts";
import { addEntry, addThenThrow } from "../store/ledger.procs.ts";
import { openLedger } from "../store/ledger.ts";
import { closing, openPostgresLedger } from "./database-dialects.ts";
import { emptyDatabase, withoutPostgres } from "./postgres-server.ts";

interface Node {
  readonly database: Database;
  readonly bus: Bus;
}

interface BusUnderTest {
  readonly skip: string | false;
  /** Two that hear each other; the same one twice where there can be no other. */
  nodes(t: TestContext): Promise<readonly [Node, Node]>;
}

/** THE TABLE of ways in which wake-ups go about. */
const buses: Readonly<Record<string, BusUnderTest>> = {
  "in one process, on SQLite": {
    skip: false,
    async nodes(t) {
      const node = wired(await closing(t, openLedger("memory")));
      return [node, node];
    },
  },
  "over PostgreSQL's LISTEN and NOTIFY": {
    skip: withoutPostgres,
    async nodes(t) {
      const url = await emptyDatabase();
      return [wired(await closing(t, openPostgresLedger(url))), wired(await closing(t, openPostgresLedger(url)))];
    },
  },
};

function wired(database: Database): Node {
  const bus = localBus((_topic, error) => assert.fail(String(error)));
  database.onWake((topic) => bus.publish(topic));
  return { database, bus };
}

/** Resolves when it is heard for the first time. */
function heard(bus: Bus, topic: string): Promise<void> {
  return new Promise((resolve) => {
    bus.subscribe(topic, resolve);
  });
}

for (const [name, { skip, nodes }] of Object.entries(buses)) {
  describe(`wake-ups ${name}`, { skip, timeout: 300_000 }, () => {
    test("what a commit wakes is heard by all who listen to it, on every node", async (t) => {
      const [one, other] = await nodes(t);
      const all = [one, one, other, other].map(({ bus }) => heard(bus, "added 7"));
      await one.database.run(addEntry, { n: 7 });
      await Promise.all(all);
    });

    test("whoever is woken finds what was committed", async (t) => {
      const [one, other] = await nodes(t);
      const finding = heard(other.bus, "added 1").then(() => other.database.run(addEntry, { n: 1 }));
      await one.database.run(addEntry, { n: 1 });
      await assert.rejects(finding, /constraint|unique/i, "it is there already");
    });

    test("what was undone wakes nobody", async (t) => {
      const [one, other] = await nodes(t);
      const wrongly: string[] = [];
      for (const { bus } of [one, other]) bus.subscribe("added 1", () => wrongly.push("added 1"));
      const both = [heard(one.bus, "added 2"), heard(other.bus, "added 2")];
      await assert.rejects(one.database.run(addThenThrow, 1));
      await one.database.run(addEntry, { n: 2 });
      await Promise.all(both);
      assert.deepEqual(wrongly, []);
    });

    test("of many commits at once each is heard, and what they share less often than it was said", async (t) => {
      const [one, other] = await nodes(t);
      let shared = 0;
      other.bus.subscribe("added", () => shared++);
      const numbers = Array.from({ length: 500 }, (_, n) => n);
      const all = numbers.map((n) => heard(other.bus, `added ${n}`));
      await Promise.all(numbers.map((n) => one.database.run(addEntry, { n })));
      await Promise.all(all);
      t.diagnostic(`500 commits, heard ${shared} times`);
      assert.ok(shared >= 1 && shared < 500, `${shared} times`);
    });

    test("whoever listens no more hears nothing, and the others go on", async (t) => {
      const [one, other] = await nodes(t);
      let calls = 0;
      const end = other.bus.subscribe("added", () => calls++);
      const first = heard(other.bus, "added 1");
      await one.database.run(addEntry, { n: 1 });
      await first;
      end();
      const before = calls;
      const second = heard(other.bus, "added 2");
      await one.database.run(addEntry, { n: 2 });
      await second;
      assert.equal(calls, before);
    });
  });
}

describe("the bus of a process", () => {
  test("nobody is called before the turn ends, and equal topics of one turn arrive as one", async () => {
    const bus = localBus((_topic, error) => assert.fail(String(error)));
    const calls: string[] = [];
    bus.subscribe("a", () => calls.push("a"));
    bus.subscribe("b", () => calls.push("b"));
    for (const topic of ["a", "b", "a", "nobody", "a"]) bus.publish(topic);
    assert.deepEqual(calls, []);
    await turn();
    assert.deepEqual(calls, ["a", "b"]);
    bus.publish("a");
    await turn();
    assert.deepEqual(calls, ["a", "b", "a"]);
  });

  test("a listener that throws is reported, and the others are called all the same", async () => {
    const reported: string[] = [];
    const bus = localBus((topic, error) => reported.push(`${topic}: ${(error as Error).message}`));
    let calls = 0;
    bus.subscribe("a", () => {
      throw new Error("broken");
    });
    bus.subscribe("a", () => calls++);
    bus.publish("a");
    await turn();
    assert.deepEqual([reported, calls], [["a: broken"], 1]);
  });

  test("listeners may listen, leave and publish while they are called", async () => {
    const bus = localBus((_topic, error) => assert.fail(String(error)));
    const calls: string[] = [];
    const end = bus.subscribe("a", () => {
      calls.push("first");
      end();
      bus.subscribe("a", () => calls.push("late"));
      bus.publish("a");
    });
    bus.publish("a");
    await turn();
    assert.deepEqual(calls, ["first"]);
    await turn();
    assert.deepEqual(calls, ["first", "late"]);
  });

  test("the topic of all topics reaches everybody", async () => {
    const bus = localBus((_topic, error) => assert.fail(String(error)));
    const calls: string[] = [];
    for (const topic of ["a", "b"]) bus.subscribe(topic, () => calls.push(topic));
    bus.publish(EVERY_TOPIC);
    await turn();
    assert.deepEqual(calls, ["a", "b"]);
  });
});
