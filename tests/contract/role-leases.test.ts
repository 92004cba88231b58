// What leases of tasks promise: one holder at a time, another one soon after it ends or is cut off, and a fence that tells them apart.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Database, proc, StoreError } from "../../src/store/database.ts";
import type { StorePlace } from "../../src/store/open.ts";
import { stillHolds } from "../../src/store/roles/role-leases.procs.ts";
import { leasedRoles, type RoleLease, type RoleLeases } from "../../src/store/roles/role-leases.ts";
import { openIn, stores } from "./store-dialects.ts";

/** Longer than a busy machine may take for a renewal: who renews too late has lost a task. */
const TTL_MS = 1_500;

interface Node {
  readonly roles: RoleLeases;
  readonly database: Database;
  cutOff(): void;
}

async function node(t: TestContext, place: StorePlace, nodeId: string): Promise<Node> {
  const { database } = await openIn(t, place);
  let isCut = false;
  const cuttable: Database = {
    dialect: database.dialect,
    run: (one, args) => (isCut ? Promise.reject(new StoreError("unavailable", "cut off")) : database.run(one, args)),
    read: (one, args) => database.read(one, args),
    onWake: (listener) => database.onWake((topic) => !isCut && listener(topic)),
    nowMs: () => database.nowMs(),
    close: async () => {},
  };
  const roles = leasedRoles({ database: cuttable, nodeId, ttlMs: TTL_MS, onError: () => {} });
  t.after(() => roles.close().catch(() => {}));
  return {
    roles,
    database,
    cutOff() {
      isCut = true;
    },
  };
}

function wanted(roles: RoleLeases, name: string): { readonly lease: RoleLease; readonly heard: string[] } {
  const heard: string[] = [];
  return { heard, lease: roles.want(name, { held: (fence) => heard.push(`held ${fence}`), lost: () => void heard.push("lost") }) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(10);
}

const { skip, place } = stores["PostgreSQL"]!;

describe("leases of tasks on PostgreSQL", { skip, timeout: 280_000 }, () => {
  test("of two nodes that want a task one has it, and the other when that one gives it up", async (t) => {
    const at = await place();
    const [one, other] = [await node(t, at, "one"), await node(t, at, "other")];
    const first = wanted(one.roles, "poll 1");
    await until(() => first.lease.fence !== undefined);
    const second = wanted(other.roles, "poll 1");
    const own = wanted(other.roles, "poll 2");
    await until(() => own.lease.fence !== undefined);
    assert.equal(second.lease.fence, undefined);
    await first.lease.release();
    assert.equal(first.lease.fence, undefined);
    await until(() => second.lease.fence !== undefined);
    assert.deepEqual([first.heard, second.heard], [["held 1"], ["held 2"]]);
  });

  test("who is cut off has lost a task before another one has it, and its old fence is good for nothing", async (t) => {
    const at = await place();
    const [lost, other] = [await node(t, at, "lost"), await node(t, at, "other")];
    const first = wanted(lost.roles, "poll");
    await until(() => first.lease.fence !== undefined);
    const second = wanted(other.roles, "poll");
    const check = proc("test.still-holds", (tx, fence: number) => stillHolds(tx, { name: "poll", fence }));
    assert.equal(await other.database.run(check, 1), true);
    lost.cutOff();
    await until(() => second.lease.fence !== undefined);
    assert.equal(first.lease.fence, undefined, "not held by both at once");
    assert.equal(await other.database.run(check, 1), false);
    await until(() => first.heard.length === 2);
    assert.deepEqual(first.heard, ["held 1", "lost"]);
  });

  test("a database whose clock was set back does not keep a dead node's task for it", async (t) => {
    const at = await place();
    const [lost, other] = [await node(t, at, "lost"), await node(t, at, "other")];
    const first = wanted(lost.roles, "poll");
    await until(() => first.lease.fence !== undefined);
    const second = wanted(other.roles, "poll");
    lost.cutOff();
    // To a lease it is the same whether now is earlier or its end is later.
    const later = proc("test.end-later", (tx, _: null) => tx.query("UPDATE role_lease SET expires_at = expires_at + 10800000"));
    await other.database.run(later, null);
    await until(() => second.lease.fence !== undefined);
  });

  test("a node that ends gives up all that it has", async (t) => {
    const at = await place();
    const [one, other] = [await node(t, at, "one"), await node(t, at, "other")];
    const held = ["a", "b", "c"].map((name) => wanted(one.roles, name));
    await until(() => held.every(({ lease }) => lease.fence !== undefined));
    const waiting = ["a", "b", "c"].map((name) => wanted(other.roles, name));
    await one.roles.close();
    await until(() => waiting.every(({ lease }) => lease.fence !== undefined));
  });

  test("tasks that two nodes want are shared out, also when the second one comes later, which waits for the first to end them", async (t) => {
    const at = await place();
    const [one, other] = [await node(t, at, "one"), await node(t, at, "other")];
    const names = ["a", "b", "c", "d"];
    const ended: string[] = [];
    const first = names.map((name) =>
      one.roles.want(name, {
        held: () => {},
        async lost() {
          await delay(100);
          ended.push(name);
        },
      }),
    );
    await until(() => first.every(({ fence }) => fence !== undefined));
    const begun: string[] = [];
    const second = names.map((name) => other.roles.want(name, { held: () => begun.push(name), lost: () => {} }));
    for (const { roles } of [one, other]) roles.shareAmong(2);
    await until(() => second.filter(({ fence }) => fence !== undefined).length === 2);
    assert.deepEqual(begun.toSorted(), ended.toSorted());
    assert.equal(first.filter(({ fence }) => fence !== undefined).length, 2);
    await other.roles.close();
    one.roles.shareAmong(1);
    await until(() => first.every(({ fence }) => fence !== undefined));
  });

  test("a task that only one of several nodes wants is its own in the end", async (t) => {
    const at = await place();
    const { roles } = await node(t, at, "one");
    roles.shareAmong(3);
    const wishes = ["a", "b", "c"].map((name) => wanted(roles, name));
    await until(() => wishes.every(({ lease }) => lease.fence !== undefined));
  });

  test("many nodes at once: never two holders", async (t) => {
    const at = await place();
    const nodes = await Promise.all(["a", "b", "c", "d"].map((id) => node(t, at, id)));
    const holders = new Set<RoleLease>();
    let turns = 0;
    const work = async ({ roles }: Node) => {
      while (turns < 40) {
        const { lease } = wanted(roles, "one at a time");
        while (lease.fence === undefined && turns < 40) await delay(2);
        if (lease.fence === undefined) return lease.release();
        const others = [...holders].filter(({ fence }) => fence !== undefined); // a stalled machine may let work outlive its lease
        assert.deepEqual(others, []);
        holders.add(lease);
        await delay(3);
        holders.delete(lease);
        turns++;
        await lease.release();
      }
    };
    await Promise.all(nodes.map(work));
  });
});
