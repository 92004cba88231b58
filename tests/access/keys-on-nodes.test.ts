// Access keys on several nodes of one database: who follows its changes knows the keys that others have made, and none that they have deleted.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Keys } from "../../src/access/keys.ts";
import { catalogueVersion } from "../../src/functions/catalogue.procs.ts";
import { FunctionCatalogue } from "../../src/functions/catalogue.ts";
import { CatalogueSync } from "../../src/functions/catalogue-sync.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { migratedDatabase, withoutPostgres } from "../contract/postgres-server.ts";
import { openIn } from "../contract/store-dialects.ts";

/** As a node of a cluster follows them; \`follow\` is what it does before it confirms a change. */
async function node(t: TestContext, url: string) {
  const { database } = await openIn(t, { memory: true, url });
  const sync = new CatalogueSync(database, await FunctionCatalogue.load(database), () => {});
  t.after(() => sync.close());
  const keys = await Keys.load({ database, clock: systemClock, random: systemRandom });
  sync.onRead(() => keys.readAgain());
  return { keys, follow: async () => sync.reach(await database.read(catalogueVersion, null)) };
}

test("a key that is made or deleted on one node is so on another that has followed the change", { skip: withoutPostgres }, async (t) => {
  const url = await migratedDatabase();
  const [one, other] = [await node(t, url), await node(t, url)];
  const { accessKeyId } = await one.keys.create({ account: "123456789012", user: "me" });
  await other.follow();
  assert.ok(other.keys.find(accessKeyId));
  assert.equal(await one.keys.delete(accessKeyId), true);
  await other.follow();
  assert.equal(other.keys.find(accessKeyId), undefined);
});
