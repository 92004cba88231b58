// Answers of the store that are lost or late at the worst moment: rare even among thousands of seeds, so they are played here.

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { leasedPermits } from "../../src/store/permits/leased-permits.ts";
import type { Permit, Permits } from "../../src/store/permits/permits.ts";
import { type Parcel, Way } from "./network.ts";
import { SimulatedStore } from "./store.ts";
import { World } from "./world.ts";

const KEY = "function 1";
const FINE = { lost: 0, slow: 0, slowMsMax: 0 };

/** A way on which what is sent waits until it is let through. */
class Gate extends Way {
  isClosed = false;
  readonly waiting: Parcel[] = [];

  override carry(parcel: Parcel): void {
    if (this.isClosed) this.waiting.push(parcel);
    else super.carry(parcel);
  }
}

interface Node {
  readonly permits: Permits;
  readonly gate: Gate;
}

let world: World;
let store: SimulatedStore;

beforeEach(() => {
  world = new World(1);
  store = new SimulatedStore(world, () => {});
});

function node(name: string): Node {
  const process = { name, isDead: false, stoppedUntilMs: 0 };
  const gate = new Gate(world, FINE);
  const clock = world.clockOf(process, { rate: 1, offsetMs: 0 });
  const permits = leasedPermits({ database: store.connect(process, gate), nodeId: name, clock, onOverrun() {}, onError() {} });
  return { permits, gate };
}

async function pass(ms: number): Promise<void> {
  await world.runUntil(world.nowMs + ms);
}

/** As many as it gets within a moment. */
async function acquire({ permits }: Node, count: number): Promise<readonly Permit[]> {
  const got: Permit[] = [];
  for (let n = 0; n < count; n++)
    void permits.acquire(KEY).then(
      (permit) => permit !== undefined && got.push(permit),
      () => {},
    );
  await pass(40);
  return got;
}

function heldBy(name: string): number {
  const [row] = store.look<{ held: number }>(
    "SELECT held FROM permit WHERE key = ? AND node_id = ? AND expires_at > ?",
    KEY,
    name,
    store.nowMs,
  );
  return row?.held ?? 0;
}

describe("permits", { timeout: 60_000 }, () => {
  test("that were granted anew after a lease had ended are not taken for the former ones, when that answer is lost", async () => {
    const [one, other] = [node("one"), node("other")];
    void one.permits.setLimit(KEY, 5);
    await pass(10);
    for (const permit of await acquire(one, 5)) one.permits.release(permit);
    await pass(1_000); // renewed
    one.gate.isClosed = true;
    await pass(2_500);
    const renewals = one.gate.waiting.splice(0);
    const taken = Array.from({ length: heldBy("one") }, () => one.permits.tryAcquire(KEY)!);
    const refused = one.permits.acquire(KEY).catch((error: unknown) => error);
    await pass(600);
    const [asked] = one.gate.waiting.splice(0);
    assert.equal((await acquire(other, 4)).length, 4);
    asked!.arrived();
    await pass(1);
    one.gate.waiting.shift()!.lost();
    for (const { lost } of renewals) lost();
    one.gate.isClosed = false;
    await pass(5_000); // given up, and renewed meanwhile
    assert.ok((await refused) instanceof Error);
    for (const permit of taken) one.permits.release(permit);
    const again = Array.from({ length: 5 }, () => one.permits.tryAcquire(KEY)).filter((permit) => permit !== undefined);
    assert.ok(again.length <= heldBy("one"), `${again.length} start, ${heldBy("one")} are held`);
  });

  test("in use stay a node's own when a renewal is answered that was asked before their lease", async () => {
    const one = node("one");
    void one.permits.setLimit(KEY, 1);
    await pass(10);
    for (const permit of await acquire(one, 1)) one.permits.release(permit);
    await pass(30_500); // idle for so long that the next renewal gives it back
    one.gate.isClosed = true;
    while (one.gate.waiting.length === 0) await pass(10);
    const late = one.gate.waiting.splice(0);
    one.gate.isClosed = false;
    await pass(3_000);
    assert.equal(heldBy("one"), 0);
    assert.equal((await acquire(one, 1)).length, 1);
    for (const { arrived } of late) arrived();
    await pass(100);
    assert.equal(heldBy("one"), 1);
  });

  test("that the store reckons with and their node does not know of come back to the others", async () => {
    const [one, other] = [node("one"), node("other")];
    void one.permits.setLimit(KEY, 3);
    await pass(10);
    one.gate.isClosed = true;
    const refused = one.permits.acquire(KEY).catch((error: unknown) => error);
    await pass(1);
    one.gate.waiting.shift()!.arrived();
    await pass(1);
    one.gate.waiting.shift()!.lost();
    one.gate.isClosed = false;
    await pass(5_000);
    assert.ok((await refused) instanceof Error);
    assert.equal((await acquire(other, 3)).length, 3);
  });
});
