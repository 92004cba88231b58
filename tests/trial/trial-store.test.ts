// The statements of shadows and promotions, on every store.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { advancePromotion, endPromotion, listPromotions, runningPromotions, startPromotion } from "../../src/trial/promotion.procs.ts";
import { listShadows, readShadowReports, startShadow, stopShadow, writeShadowReports } from "../../src/trial/shadow.procs.ts";
import { keepTuning, readTunings } from "../../src/trial/tuning.procs.ts";
import { openIn, stores } from "../contract/store-dialects.ts";

const DAY_MS = 86_400_000;
const place = { account: "123456789012", region: "eu-central-1", name: "f" };
const wish = {
  ...place,
  alias: "live",
  from_version: "1",
  to_version: "2",
  steps: "[]",
  bounds: "{}",
  started_at: 1_000,
  counted_before: "{}",
};

for (const [name, store] of Object.entries(stores)) {
  describe(`trials in ${name}`, { skip: store.skip, timeout: 180_000 }, () => {
    test("one promotion of an alias runs at a time; a step is taken once, and nothing after its end", async (t) => {
      const { database } = await openIn(t, await store.place());
      const [first, second] = await Promise.all([database.run(startPromotion, wish), database.run(startPromotion, wish)]);
      assert.equal([first, second].filter((one) => one !== undefined).length, 1);
      const { id } = (first ?? second)!;
      for (const _ of [1, 2]) await database.run(advancePromotion, { id, step: 0, dueAtMs: 5_000 });
      const [running] = await database.read(runningPromotions, null);
      assert.deepEqual([running?.step, running?.due_at], [1, 5_000]);
      await database.run(endPromotion, { id, state: "rolled-back", reason: "slow" });
      await database.run(endPromotion, { id, state: "done", reason: "" });
      await database.run(advancePromotion, { id, step: 1, dueAtMs: 9_000 });
      const [ended] = await database.read(listPromotions, { ...place, name: "" });
      assert.deepEqual([ended?.state, ended?.reason, ended?.step], ["rolled-back", "slow", 1]);
      assert.ok((await database.run(startPromotion, wish)) !== undefined, "the next one may begin");
    });

    test("a shadow that is started again begins anew; reports of nodes are written whole", async (t) => {
      const { database } = await openIn(t, await store.place());
      const row = { ...place, qualifier: "", candidate: "2", rules: "{}", created_at: 1 };
      const { id } = await database.run(startShadow, row);
      const report = (nodeId: string, text: string, shadowId = id) => ({ reports: [{ shadowId, createdAtMs: 1, nodeId, report: text }] });
      await database.run(writeShadowReports, report("a", "1"));
      await database.run(writeShadowReports, report("a", "2"));
      await database.run(writeShadowReports, report("b", "3"));
      const rows = await database.read(readShadowReports, { shadowId: id });
      assert.deepEqual(rows.map((one) => one.report).toSorted(), ["2", "3"]);
      const again = await database.run(startShadow, { ...row, created_at: 2 });
      await database.run(writeShadowReports, report("a", "4"));
      assert.deepEqual(await database.read(readShadowReports, { shadowId: id }), [], "nobody writes for one that was replaced");
      assert.equal(await database.run(stopShadow, { ...place, qualifier: "" }), true);
      assert.equal(await database.run(stopShadow, { ...place, qualifier: "other" }), false);
      assert.deepEqual(
        (await database.read(listShadows, null)).map((one) => [one.id, one.is_running]),
        [[again.id, 0]],
      );
    });

    test("of tunings the latest fifty of a function are kept, for ninety days; a size that is measured again counts once", async (t) => {
      const { database } = await openIn(t, await store.place());
      const row = { ...place, memory_mb: 128, qualifier: "", summary: "{}", samples: "[]" };
      const runs = async (run: string) => {
        const rows = await database.read(readTunings, { ...place, run });
        return rows.map((one) => `${one.run} ${one.memory_mb}`);
      };
      await database.run(keepTuning, { ...row, name: "other", run: "kept", measured_at: 900 * DAY_MS });
      for (let at = 1; at <= 52; at++) await database.run(keepTuning, { ...row, run: `r${at}`, measured_at: 900 * DAY_MS + at });
      await database.run(keepTuning, { ...row, run: "r52", memory_mb: 512, measured_at: 900 * DAY_MS + 53 });
      await database.run(keepTuning, { ...row, run: "r52", memory_mb: 512, measured_at: 900 * DAY_MS + 54 });
      const all = await runs("");
      assert.deepEqual([all.length, ...all.slice(0, 3), all.at(-1)], [51, "r52 128", "r52 512", "r51 128", "r3 128"]);
      assert.deepEqual(await runs("last"), ["r52 128", "r52 512"]);
      assert.deepEqual([await runs("r7"), await runs("r2")], [["r7 128"], []]);
      assert.equal((await database.read(readTunings, { ...place, name: "other", run: "" })).length, 1, "each function has its own");
      await database.run(keepTuning, { ...row, run: "late", measured_at: 991 * DAY_MS });
      assert.deepEqual(await runs(""), ["late 128"]);
    });
  });
}
