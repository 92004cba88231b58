// Those who wait for one queue: who is asked for when, and how often the store is asked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Leased } from "../../src/store/queue/queue-row.ts";
import type { Delivery } from "../../src/store/queue/receive.procs.ts";
import { Receivers, type ReceiversOptions } from "../../src/store/queue/receivers.ts";

type Ask = Parameters<ReceiversOptions["receive"]>[0];

const message = { body: "m" } as Leased;

/** `answer` tells what the store has for each look. */
function receiversOf(answer: (ask: Ask) => Promise<Delivery>): { receivers: Receivers; asks: Ask[] } {
  const asks: Ask[] = [];
  const receive = (ask: Ask) => {
    asks.push(ask);
    return answer(ask);
  };
  return { receivers: new Receivers({ nowMs: Date.now, receive }), asks };
}

const nothing = async ({ asks }: Ask): Promise<Delivery> => ({ lists: asks.map(() => []), earliestMs: undefined, mayBeMore: false });

test("callers with other visibilities who wait for an empty queue do not keep the store busy", async () => {
  const { receivers, asks } = receiversOf(nothing);
  const waiting = [
    receivers.receive({ max: 1, visibilityMs: 1, waitMs: 300 }),
    receivers.receive({ max: 1, visibilityMs: 2, waitMs: 300 }),
  ];
  assert.deepEqual(await Promise.all(waiting), [[], []]);
  assert.ok(asks.length <= 8, `${asks.length} looks`);
});

test("who comes without waiting while a look is under way is looked for before being sent away", async () => {
  const first = Promise.withResolvers<void>();
  const { receivers, asks } = receiversOf(async (ask) => {
    if (asks.length > 1) return { lists: ask.asks.map(() => [message]), earliestMs: undefined, mayBeMore: true };
    await first.promise;
    return nothing(ask);
  });
  const early = receivers.receive({ max: 1, waitMs: 0 });
  while (asks.length === 0) await delay(1);
  const late = receivers.receive({ max: 1, waitMs: 0 });
  first.resolve();
  assert.deepEqual([await early, await late], [[], [message]]);
});

test("who waits on is asked for anew only when more may be due than was looked at", async () => {
  for (const mayBeMore of [false, true]) {
    const { receivers, asks } = receiversOf(async (ask) => {
      const isFirst = asks.length === 1;
      return {
        lists: ask.asks.map((_, at) => (isFirst && at === 0 ? [message] : [])),
        earliestMs: undefined,
        mayBeMore: isFirst && mayBeMore,
      };
    });
    const leaving = new AbortController();
    const first = receivers.receive({ max: 1, waitMs: 10_000 });
    const second = receivers.receive({ max: 1, waitMs: 10_000, signal: leaving.signal });
    assert.deepEqual(await first, [message]);
    await delay(1); // whatever else is asked is asked in the turn that served the first
    assert.equal(asks.length, mayBeMore ? 2 : 1);
    leaving.abort("left");
    await assert.rejects(second, (reason) => reason === "left");
  }
});

test("what is done is removed once, also for a caller whose turn comes after one who got nothing", async () => {
  const { receivers, asks } = receiversOf(nothing);
  const done = [{ id: 7, receiveCount: 1 }];
  await Promise.all([receivers.receive({ max: 1, visibilityMs: 1 }), receivers.receive({ max: 1, visibilityMs: 2, waitMs: 50, done })]);
  assert.deepEqual(
    asks.flatMap((ask) => ask.done ?? []),
    done,
  );
});

test("who leaves while the store is asked gets what it has leased to them by then, and is gone when that is nothing", async () => {
  for (const messages of [[message], []]) {
    const leased = Promise.withResolvers<void>();
    const { receivers, asks } = receiversOf(async () => {
      await leased.promise;
      return { lists: [messages], earliestMs: undefined, mayBeMore: false };
    });
    const leaving = new AbortController();
    const waiting = receivers.receive({ max: 1, waitMs: 10_000, signal: leaving.signal });
    const outcome = waiting.catch((error: unknown) => error);
    while (asks.length === 0) await delay(1);
    leaving.abort("left");
    leased.resolve();
    assert.deepEqual(await outcome, messages.length > 0 ? messages : "left");
  }
});

test("who leaves while nobody is asked is gone at once", async () => {
  const { receivers, asks } = receiversOf(nothing);
  const leaving = new AbortController();
  const outcome = receivers.receive({ max: 1, waitMs: 10_000, signal: leaving.signal }).catch((error: unknown) => error);
  while (asks.length === 0) await delay(1); // the look ends within the turn in which it begins
  leaving.abort("left");
  assert.equal(await outcome, "left");
  assert.equal(asks.length, 1);
});

test("a store that fails fails everybody who waits, and the next caller asks anew", async () => {
  let isBroken = true;
  const { receivers } = receiversOf(async (ask) => {
    if (isBroken) throw new Error("no store");
    return nothing(ask);
  });
  const waiting = [receivers.receive({ max: 1, waitMs: 10_000 }), receivers.receive({ max: 1, waitMs: 10_000 })];
  const outcomes = await Promise.allSettled(waiting);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  isBroken = false;
  assert.deepEqual(await receivers.receive({ max: 1 }), []);
});
