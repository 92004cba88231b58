// Access keys on several nodes of one database: what one of them changes, the others know without a restart.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Keys } from "../../src/access/keys.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { emptyDatabase, withoutPostgres } from "../contract/postgres-server.ts";
import { openIn } from "../contract/store-dialects.ts";

async function node(t: TestContext, url: string): Promise<Keys> {
  const { database } = await openIn(t, { memory: true, url });
  const keys = await Keys.load({ database, clock: systemClock, random: systemRandom });
  t.after(() => keys.close());
  return keys;
}

test("a key that is made or deleted on one node is known on another", { skip: withoutPostgres }, async (t) => {
  const url = await emptyDatabase();
  const [one, other] = [await node(t, url), await node(t, url)];
  const { accessKeyId } = await one.create({ account: "123456789012", user: "me" });
  while ((await other.find(accessKeyId)) === undefined) await delay(5);
  assert.equal(await one.delete(accessKeyId), true);
  while ((await other.find(accessKeyId)) !== undefined) await delay(5);
});
