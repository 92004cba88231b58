// What permits promise: never more than the limit over all nodes, whoever comes, goes, dies or is cut off; and work for all who may.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Database, proc, StoreError } from "../../src/store/database.ts";
import type { StorePlace } from "../../src/store/open.ts";
import { leasedPermits } from "../../src/store/permits/leased-permits.ts";
import { memoryPermits, type Overrun, type Permit, type Permits } from "../../src/store/permits/permits.ts";
import { openIn, stores } from "./store-dialects.ts";

interface Node {
  readonly permits: Permits;
  readonly overruns: Overrun[];
  /** From now on the store is out of reach for this node alone. */
  cutOff(): void;
  heal(): void;
  /** All leases of the key, by three hours: to them it is the same whether now is earlier or their end is later. */
  endLater(key: string): Promise<unknown>;
}

interface Cluster {
  node(options?: { readonly ttlMs?: number }): Promise<Node>;
}

const endLater = proc("test.end-later", (tx, key: string) =>
  tx.query("UPDATE permit SET expires_at = expires_at + 10800000 WHERE key = $1", [key]),
);

let lastKey = 0;
const newKey = () => `function ${++lastKey}`;

/** Nodes on stores of their own where the dialect has nodes, else on one. */
async function cluster(t: TestContext, hasNodes: boolean, place: StorePlace): Promise<Cluster> {
  const first = await openIn(t, place);
  let last = 0;
  return {
    async node({ ttlMs } = {}) {
      const { database } = hasNodes && last > 0 ? await openIn(t, place) : first;
      let isCut = false;
      const cuttable: Database = {
        dialect: database.dialect,
        run: (proc, args) => (isCut ? Promise.reject(new StoreError("unavailable", "cut off")) : database.run(proc, args)),
        read: (proc, args) => database.read(proc, args),
        onWake: (listener) => database.onWake((topic) => !isCut && listener(topic)),
        nowMs: () => database.nowMs(),
        close: async () => {},
      };
      const overruns: Overrun[] = [];
      const nodeId = `node-${++last}`;
      const permits = leasedPermits({
        database: cuttable,
        nodeId,
        ...(ttlMs !== undefined && { ttlMs }),
        onOverrun: (overrun) => overruns.push(overrun),
        onError: () => {},
      });
      t.after(() => permits.close().catch(() => {}));
      return {
        permits,
        overruns,
        cutOff: () => {
          isCut = true;
        },
        heal: () => {
          isCut = false;
        },
        endLater: (key) => database.run(endLater, key),
      };
    },
  };
}

async function acquireMany(permits: Permits, key: string, count: number): Promise<readonly Permit[]> {
  const asked = await Promise.all(Array.from({ length: count }, () => permits.acquire(key)));
  return asked.filter((permit) => permit !== undefined);
}

/** Tries until it gets one: for what comes with time, as a lease that ends. */
async function eventually(permits: Permits, key: string): Promise<Permit> {
  for (;;) {
    const permit = await permits.acquire(key);
    if (permit !== undefined) return permit;
    await delay(10);
  }
}

/** A node stops believing in its lease by this part before it ends: so long, at least, what it has begun is covered. */
const COVERED = 0.1;

/** Counts what runs at once, over all nodes. What a stalled machine has let outlive its lease may exceed the limit by definition. */
class Referee {
  readonly #limit: number;
  readonly #coveredMs: number;
  readonly #begunMs = new Set<{ readonly ms: number }>();
  done = 0;
  most = 0;

  constructor(limit: number, ttlMs: number) {
    this.#limit = limit;
    this.#coveredMs = ttlMs * COVERED;
  }

  async run(permits: Permits, key: string, durationMs: number): Promise<boolean> {
    const permit = await permits.acquire(key);
    if (permit === undefined) return false;
    const begun = { ms: performance.now() };
    this.#begunMs.add(begun);
    const running = [...this.#begunMs].filter(({ ms }) => begun.ms - ms < this.#coveredMs).length;
    this.most = Math.max(this.most, running);
    assert.ok(running <= this.#limit, `${running} run at once, ${this.#limit} may`);
    await delay(durationMs);
    this.#begunMs.delete(begun);
    this.done++;
    permits.release(permit);
    return true;
  }
}

test("in memory: as many as the limit allows, and again what is released", async () => {
  const permits = memoryPermits();
  await permits.setLimit("f", 2);
  const taken = await acquireMany(permits, "f", 5);
  assert.equal(taken.length, 2);
  permits.release(taken[0]!);
  assert.throws(() => permits.release(taken[0]!), /released twice/);
  assert.equal((await acquireMany(permits, "f", 5)).length, 1);
  await permits.setLimit("f", 3);
  assert.equal((await acquireMany(permits, "f", 5)).length, 1);
  await assert.rejects(permits.acquire("g"), /g has no limit/);
});

/** The store was out of reach. */
async function tryLater(error: unknown): Promise<void> {
  if (error instanceof assert.AssertionError) throw error;
  await delay(10);
}

for (const [name, { skip, hasNodes, place: newPlace }] of Object.entries(stores)) {
  describe(`leased permits on ${name}`, { skip }, () => {
    let shared: Promise<StorePlace> | undefined;
    const place = () => {
      shared ??= newPlace();
      return shared;
    };

    test("one node gets as many as the limit allows, and again what is released", async (t) => {
      const { permits } = await (await cluster(t, hasNodes, await place())).node();
      const key = newKey();
      await permits.setLimit(key, 5);
      const taken = await acquireMany(permits, key, 12);
      assert.equal(taken.length, 5);
      permits.release(taken[0]!);
      assert.throws(() => permits.release(taken[0]!), /released twice/);
      assert.equal((await acquireMany(permits, key, 3)).length, 1);
    });

    test("keys do not share their limits, and one without a limit is a bug", async (t) => {
      const { permits } = await (await cluster(t, hasNodes, await place())).node();
      const [one, other] = [newKey(), newKey()];
      await permits.setLimit(one, 1);
      await permits.setLimit(other, 1);
      assert.equal((await acquireMany(permits, one, 2)).length + (await acquireMany(permits, other, 2)).length, 2);
      await assert.rejects(permits.acquire(newKey()), /has no limit/);
    });

    test("idle permits of one node are handed over to another that wants them", async (t) => {
      const nodes = await cluster(t, hasNodes, await place());
      const [one, other] = [await nodes.node(), await nodes.node()];
      const key = newKey();
      await one.permits.setLimit(key, 4);
      for (const permit of await acquireMany(one.permits, key, 4)) one.permits.release(permit);
      const taken: Permit[] = [];
      while (taken.length < 4) taken.push(await eventually(other.permits, key));
      assert.equal((await acquireMany(one.permits, key, 2)).length, 0);
    });

    test("a node that ends leaves its permits at once", async (t) => {
      const nodes = await cluster(t, hasNodes, await place());
      const [one, other] = [await nodes.node({ ttlMs: 50_000 }), await nodes.node({ ttlMs: 50_000 })];
      const key = newKey();
      await one.permits.setLimit(key, 1);
      assert.ok(await one.permits.acquire(key));
      assert.equal(await other.permits.acquire(key), undefined);
      await one.permits.close();
      assert.ok(await eventually(other.permits, key));
    });

    test("permits of a node that is cut off are others' after their time, and it starts nothing on them", async (t) => {
      const nodes = await cluster(t, hasNodes, await place());
      const [lost, other] = [await nodes.node({ ttlMs: 2_000 }), await nodes.node({ ttlMs: 2_000 })];
      const key = newKey();
      await lost.permits.setLimit(key, 2);
      const [running, idle] = await acquireMany(lost.permits, key, 2);
      lost.permits.release(idle!);
      lost.cutOff();
      assert.ok(await eventually(other.permits, key));
      await assert.rejects(lost.permits.acquire(key), (error: unknown) => error instanceof StoreError && error.code === "unavailable");
      assert.ok(await eventually(other.permits, key), "also the permit of the work that goes on");
      lost.heal();
      while (lost.overruns.length === 0) await delay(10);
      assert.deepEqual(lost.overruns[0], { key, running: 1, held: 0 });
      lost.permits.release(running!);
      assert.equal(await lost.permits.acquire(key), undefined);
    });

    test("a database whose clock was set back does not keep a dead node's permits for it", {
      skip: !hasNodes && "SQLite has one node, whose clock is the store's",
    }, async (t) => {
      const nodes = await cluster(t, hasNodes, await place());
      const [lost, other] = [await nodes.node({ ttlMs: 2_000 }), await nodes.node({ ttlMs: 2_000 })];
      const key = newKey();
      await lost.permits.setLimit(key, 1);
      assert.ok(await lost.permits.acquire(key));
      lost.cutOff();
      await other.endLater(key);
      assert.ok(await eventually(other.permits, key));
    });

    test("a higher limit lets more run at once; a lower one ends nothing and lets nothing start above it", async (t) => {
      const nodes = await cluster(t, hasNodes, await place());
      const [one, other] = [await nodes.node(), await nodes.node()];
      const key = newKey();
      await one.permits.setLimit(key, 2);
      const running = [...(await acquireMany(one.permits, key, 3))];
      assert.equal(running.length, 2);
      await other.permits.setLimit(key, 4);
      while (running.length < 4) running.push(await eventually(one.permits, key));
      await other.permits.setLimit(key, 1);
      for (const permit of running.splice(0, 3)) one.permits.release(permit);
      while ((await other.permits.acquire(key)) !== undefined) assert.fail("one still runs, and one may");
      one.permits.release(running[0]!);
      assert.ok(await eventually(other.permits, key));
      assert.equal(await one.permits.acquire(key), undefined);
    });

    test("a caller that gives up while it waits takes no permit with it", async (t) => {
      const { permits } = await (await cluster(t, hasNodes, await place())).node();
      const key = newKey();
      await permits.setLimit(key, 1);
      const abandon = new AbortController();
      const waiting = permits.acquire(key, abandon.signal);
      abandon.abort(new Error("the caller has left"));
      await assert.rejects(waiting, /the caller has left/);
      assert.ok(await eventually(permits, key));
    });

    test("three nodes under overload never exceed the limit, and each gets its turn", async (t) => {
      const nodes = await cluster(t, hasNodes, await place());
      const [key, limit] = [newKey(), 5];
      const all = [await nodes.node(), await nodes.node(), await nodes.node()];
      await all[0]!.permits.setLimit(key, limit);
      const referee = new Referee(limit, 3_000);
      const done = all.map(() => 0);
      const work = async (index: number) => {
        while (referee.done < 400 || done.some((count) => count < 10)) {
          if (await referee.run(all[index]!.permits, key, 1 + Math.random() * 4)) done[index]!++;
        }
      };
      await Promise.all(Array.from({ length: 30 }, (_, n) => work(n % 3)));
      assert.equal(referee.most, limit);
      t.diagnostic(`done by node: ${done.join(", ")}`);
    });

    test("nodes that come, go and are cut off never exceed the limit", async (t) => {
      const nodes = await cluster(t, hasNodes, await place());
      const [key, limit] = [newKey(), 20];
      const ttlMs = 1_000;
      const steady = await nodes.node({ ttlMs });
      await steady.permits.setLimit(key, limit);
      const referee = new Referee(limit, ttlMs);
      let isOver = false;
      const work = async (permits: Permits, isGone: () => boolean) => {
        while (!isOver && !isGone()) await referee.run(permits, key, Math.random() * 5).catch(tryLater);
      };
      const workers = Array.from({ length: 15 }, () => work(steady.permits, () => false));
      for (let round = 0; round < 4; round++) {
        const guest = await nodes.node({ ttlMs });
        let isGone = false;
        const guests = Array.from({ length: 15 }, () => work(guest.permits, () => isGone));
        const before = referee.done;
        while (referee.done < before + 100) await delay(5);
        if (round % 2 === 0) guest.cutOff();
        isGone = true;
        await Promise.all(guests);
        if (round % 2 === 1) await guest.permits.close();
      }
      isOver = true;
      await Promise.all(workers);
      assert.ok(referee.done >= 400);
    });
  });
}
