// Blobs go an hour after their last row, and not while any row names them.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Clock } from "../../src/lib/clock.ts";
import { discardCode } from "../../src/services/lambda/function/function.procs.ts";
import { StoreError } from "../../src/store/database.ts";
import { collectGarbage, sweepOrphans } from "../../src/store/garbage.ts";
import { openStore } from "../../src/store/open.ts";
import { releasedSchemas, restore } from "./fixture-directory.ts";
import { temporaryDirectory } from "./ledger.ts";

const HOUR_MS = 3_600_000;
const fail = (error: unknown) => assert.fail(String(error));
const gone = (error: unknown) => error instanceof StoreError && error.code === "unavailable";

test("discarded blobs are kept for an hour, then removed unless a version names them", async (t) => {
  const dataDirectory = join(temporaryDirectory(t), "data");
  restore(releasedSchemas()[0] ?? "", dataDirectory);
  let nowMs = 1_000_000;
  const clock: Clock = { nowMs: () => nowMs, at: () => () => {} };
  const options = { clock, program: "1.0.0", onFatal: fail, onError: fail };

  // Of a former process, so that it is not protected as one that was just put.
  const before = await openStore({ dataDirectory }, options);
  const unnamed = (await before.blobs.put(Buffer.from("an upload that was refused"))).key;
  await before.close();

  const { database, blobs, close } = await openStore({ dataDirectory }, options);
  t.after(close);
  const named = await firstOf(blobs.keys(), (key) => key !== unnamed);
  for (const codeKey of [named, unnamed]) await database.run(discardCode, { codeKey, nowMs });

  nowMs += HOUR_MS - 1;
  await collectGarbage(database, blobs);
  await sweepOrphans(database, blobs);
  assert.ok(await blobs.file(unnamed));

  nowMs += 1;
  await collectGarbage(database, blobs);
  await assert.rejects(blobs.file(unnamed), gone);
  assert.ok(await blobs.file(named));

  await sweepOrphans(database, blobs);
  assert.ok(await blobs.file(named), "what was named again is no garbage any more, and no orphan");
});

async function firstOf(groups: AsyncIterable<readonly string[]>, fits: (key: string) => boolean): Promise<string> {
  for await (const keys of groups) {
    const found = keys.find(fits);
    if (found !== undefined) return found;
  }
  return assert.fail("the fixture has a blob");
}
