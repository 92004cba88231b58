// Promotions at work, on every store: what becomes of them where a process dies, is held up, or meets what cannot be carried on.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { systemClock } from "../../src/lib/clock.ts";
import { ServiceError } from "../../src/lib/errors.ts";
import type { Database } from "../../src/store/database.ts";
import { listPromotions, startPromotion, wishRollBack } from "../../src/trial/promotion.procs.ts";
import { type AliasState, type FoundAlias, type PromotionParts, Promotions } from "../../src/trial/promotions.ts";
import { openIn, stores } from "../contract/store-dialects.ts";

const place = { account: "123456789012", region: "eu-central-1" };
const bounds = JSON.stringify({ errorRateMax: 1, slowerMax: 1_000, differenceMax: 1, invocationsMin: 1_000 });
const steps = JSON.stringify([
  { weight: 0.5, holdMs: 0 },
  { weight: 1, holdMs: 0 },
]);

/** Aliases as Lambda keeps them: a change that is based on another revision than the present one is refused. */
class Aliases {
  readonly #states = new Map<string, AliasState>();
  #changes = 0;

  constructor(...names: readonly string[]) {
    for (const name of names) this.#states.set(name, { version: "1", second: undefined });
  }

  find(name: string): FoundAlias | undefined {
    const state = this.#states.get(name);
    return state && { ...state, revisionId: `${this.#changes}` };
  }

  set(name: string, state: AliasState, revisionId = `${this.#changes}`): void {
    if (revisionId !== `${this.#changes}`) throw new ServiceError("PreconditionFailedException", 412, "another revision");
    this.#states.set(name, state);
    this.#changes++;
  }

  of(name: string): readonly unknown[] {
    const { version, second } = this.#states.get(name)!;
    return [version, second?.weight];
  }
}

function promotionsOf(t: TestContext, database: Database, aliases: Aliases, changes: Partial<PromotionParts> = {}): Promotions {
  const promotions = new Promotions({
    database,
    clock: systemClock,
    isMine: () => true,
    flush: async () => {},
    aliasOf: ({ alias }) => aliases.find(alias),
    setAlias: async ({ alias }, state, revisionId) => aliases.set(alias, state, revisionId),
    shadowOf: async () => undefined,
    onError: (error) => {
      throw error;
    },
    ...changes,
  });
  t.after(() => promotions.close());
  return promotions;
}

async function started(database: Database, alias: string) {
  const row = { ...place, name: "f", alias, from_version: "1", to_version: "2", steps, bounds, started_at: Date.now() - 1_000 };
  return (await database.run(startPromotion, { ...row, counted_before: "{}" }))!;
}

async function endOf(database: Database, alias: string): Promise<readonly string[]> {
  const rows = await database.read(listPromotions, { ...place, name: "f" });
  const { state, reason } = rows.find((row) => row.alias === alias)!;
  return [state, reason];
}

/** Each look takes one step. */
async function lookUntil(promotions: Promotions, holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await promotions.look();
}

for (const [name, store] of Object.entries(stores)) {
  describe(`promotions in ${name}`, { skip: store.skip, timeout: 180_000 }, () => {
    test("a roll-back that was decided is carried out by the next process", async (t) => {
      const { database } = await openIn(t, await store.place());
      const aliases = new Aliases("live");
      const { id } = await started(database, "live");
      aliases.set("live", { version: "1", second: { version: "2", weight: 0.5 } });
      await database.run(wishRollBack, { id, reason: "too slow" }); // and the process that decided it is no more
      const promotions = promotionsOf(t, database, aliases);
      await lookUntil(promotions, async () => (await endOf(database, "live"))[0] !== "running");
      assert.deepEqual(await endOf(database, "live"), ["rolled-back", "too slow"]);
      assert.deepEqual(aliases.of("live"), ["1", undefined]);
    });

    test("a node that was held up between looking and acting sets nothing back", async (t) => {
      const { database } = await openIn(t, await store.place());
      const aliases = new Aliases("live");
      await started(database, "live");
      const other = promotionsOf(t, database, aliases);
      const late = promotionsOf(t, database, aliases, {
        // What it decides on is what it knew before the other node went on, and to the end.
        flush: () => lookUntil(other, async () => (await endOf(database, "live"))[0] === "done"),
      });
      await late.look();
      const stale = promotionsOf(t, database, aliases, { aliasOf: () => ({ version: "1", second: undefined, revisionId: "0" }) });
      await started(database, "live");
      await stale.look();
      assert.deepEqual(aliases.of("live"), ["2", undefined]);
    });

    test("no step overtakes a roll-back that somebody asks for meanwhile", async (t) => {
      const { database } = await openIn(t, await store.place());
      const aliases = new Aliases("live");
      const row = await started(database, "live");
      const operator = promotionsOf(t, database, aliases);
      const working = promotionsOf(t, database, aliases, {
        setAlias: async ({ alias }, state, revisionId) => {
          if (revisionId !== undefined) await operator.rollBack(row, "cancelled"); // between its decision and its act
          aliases.set(alias, state, revisionId);
        },
      });
      await working.look();
      await working.look();
      assert.deepEqual(await endOf(database, "live"), ["rolled-back", "cancelled"]);
      assert.deepEqual(aliases.of("live"), ["1", undefined]);
    });

    test("one that cannot be carried on holds up no other, and is told of once", async (t) => {
      const { database } = await openIn(t, await store.place());
      const aliases = new Aliases("broken", "gone", "live");
      const told: unknown[] = [];
      const full = new Error("the disk is full");
      const failures: Readonly<Record<string, Error>> = {
        broken: full,
        gone: new ServiceError("ResourceNotFoundException", 404, "no version 2"),
      };
      for (const alias of ["broken", "gone", "live"]) await started(database, alias);
      const promotions = promotionsOf(t, database, aliases, {
        setAlias: async ({ alias }, state, revisionId) => {
          if (failures[alias] !== undefined) throw failures[alias];
          aliases.set(alias, state, revisionId);
        },
        onError: (error) => told.push(error),
      });
      await lookUntil(promotions, async () => (await endOf(database, "live"))[0] === "done");
      assert.deepEqual(aliases.of("live"), ["2", undefined]);
      assert.deepEqual(await endOf(database, "gone"), ["stopped", "the alias cannot be set any more: no version 2"]);
      assert.deepEqual(await endOf(database, "broken"), ["running", ""]);
      assert.deepEqual(told, [full]);
    });
  });
}
