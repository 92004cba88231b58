// What one node commits another one reads, whatever it has changed itself meanwhile and however many wake-ups it has missed.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { catalogueVersion } from "../../src/functions/catalogue.procs.ts";
import { FunctionCatalogue } from "../../src/functions/catalogue.ts";
import { CatalogueSync } from "../../src/functions/catalogue-sync.ts";
import { deleteAliasRow, insertAlias } from "../../src/services/lambda/alias/alias.procs.ts";
import { deleteFunctionRows, insertFunction, settleFunction } from "../../src/services/lambda/function/function.procs.ts";
import type { Database } from "../../src/store/database.ts";
import { openIn, stores } from "../contract/store-dialects.ts";
import { settings } from "./plain-settings.ts";

const place = { account: "123456789012", region: "eu-central-1" };

const fail = (error: unknown): never => assert.fail(String(error));

interface Node {
  readonly database: Database;
  readonly catalogue: FunctionCatalogue;
  readonly sync: CatalogueSync;
}

/** One that hears no wake-ups. */
async function deafNode(database: Database): Promise<Node> {
  const deaf: Database = {
    dialect: database.dialect,
    run: (proc, args) => database.run(proc, args),
    read: (proc, args) => database.read(proc, args),
    onWake: () => () => {},
    nowMs: () => database.nowMs(),
    close: async () => {},
  };
  const catalogue = await FunctionCatalogue.load(database);
  return { database, catalogue, sync: new CatalogueSync(deaf, catalogue, fail) };
}

async function create({ database, catalogue }: Node, name: string): Promise<number> {
  const latest = {
    revision: `${name} 1`,
    modified_at: 1,
    code_key: "k",
    code_sha256: "s",
    code_size: 1,
    fingerprint: "f",
    description: "",
    settings,
  };
  const written = await database.run(insertFunction, { ...place, name, latest, tags: [], publish: undefined });
  assert.ok(written !== "exists");
  catalogue.apply(written.change);
  return written.change.function.id;
}

async function settle({ database, catalogue }: Node, functionId: number, name: string): Promise<void> {
  const change = await database.run(settleFunction, { functionId, revision: `${name} 1`, nextRevision: `${name} 2` });
  if (change !== undefined) catalogue.apply(change);
}

async function alias({ database, catalogue }: Node, functionId: number, name: string): Promise<void> {
  const row = { function_id: functionId, name, number: 0, second_number: null, second_weight: null, description: "", revision: "r" };
  const written = await database.run(insertAlias, row);
  assert.ok(written.outcome === "written");
  catalogue.apply(written.change);
}

const aliasesOf = ({ catalogue }: Node, name: string) => [...(catalogue.find({ ...place, name })?.aliases.keys() ?? [])].sort();

for (const [dialect, { skip, place: newPlace, hasNodes }] of Object.entries(stores)) {
  describe(`the catalogue over nodes on ${dialect}`, { skip, timeout: 60_000 }, () => {
    async function twoNodes(t: TestContext): Promise<readonly [Node, Node]> {
      const at = await newPlace();
      const first = await openIn(t, at);
      const second = hasNodes ? await openIn(t, at) : first;
      return [await deafNode(first.database), await deafNode(second.database)];
    }

    test("what is made, settled and deleted elsewhere is read, up to a version that others can ask for", async (t) => {
      const [one, other] = await twoNodes(t);
      const id = await create(one, "fn");
      await settle(one, id, "fn");
      assert.equal(other.catalogue.find({ ...place, name: "fn" }), undefined);
      await other.sync.reach(one.catalogue.ownVersion);
      assert.equal(other.catalogue.resolve({ ...place, name: "fn" }, undefined, 0).version.revisionId, "fn 2");
      assert.ok(other.sync.version >= one.catalogue.ownVersion);
      const change = await one.database.run(deleteFunctionRows, { functionId: id, nowMs: 1 });
      await other.sync.reach(change!.function.changed_in);
      assert.equal(other.catalogue.find({ ...place, name: "fn" }), undefined);
    });

    test("an own change does not hide one of another node that came before it", async (t) => {
      const [one, other] = await twoNodes(t);
      const id = await create(one, "fn");
      await other.sync.read();
      await alias(one, id, "a");
      await alias(one, id, "b");
      await alias(other, id, "c"); // knows nothing of the two
      assert.deepEqual(aliasesOf(other, "fn"), ["c"]);
      await Promise.all([one.sync.read(), other.sync.read()]);
      assert.deepEqual(
        [aliasesOf(one, "fn"), aliasesOf(other, "fn")],
        [
          ["a", "b", "c"],
          ["a", "b", "c"],
        ],
      );
      const removed = await one.database.run(deleteAliasRow, { functionId: id, name: "a" });
      one.catalogue.apply(removed!);
      await alias(other, id, "d");
      await other.sync.read();
      assert.deepEqual(aliasesOf(other, "fn"), ["b", "c", "d"]);
    });

    test("a function that was deleted and made again meanwhile is the new one", async (t) => {
      const [one, other] = await twoNodes(t);
      const id = await create(one, "fn");
      await alias(one, id, "old");
      await other.sync.read();
      one.catalogue.apply((await one.database.run(deleteFunctionRows, { functionId: id, nowMs: 1 }))!);
      await create(one, "fn");
      await other.sync.read();
      assert.deepEqual(aliasesOf(other, "fn"), []);
      assert.ok(other.catalogue.find({ ...place, name: "fn" }));
    });

    test("many changes by both nodes at once end in the same catalogue, with nothing left to read", async (t) => {
      const [one, other] = await twoNodes(t);
      const names = Array.from({ length: 60 }, (_, n) => `fn-${n}`);
      await Promise.all(names.map((name, n) => create(n % 2 === 0 ? one : other, name)));
      await Promise.all([one.sync.read(), other.sync.read(), other.sync.read()]);
      const all = (node: Node) => [...node.catalogue.functions()].map(({ name }) => name).sort();
      assert.deepEqual(all(one), names.toSorted());
      assert.deepEqual(all(other), names.toSorted());
      const version = await one.database.read(catalogueVersion, null);
      assert.deepEqual([one.sync.version, other.sync.version], [version, version]);
    });
  });
}

test("a wake-up is followed", { skip: stores["PostgreSQL"]!.skip, timeout: 120_000 }, async (t) => {
  const at = await stores["PostgreSQL"]!.place();
  const [first, second] = [await openIn(t, at), await openIn(t, at)];
  const catalogue = await FunctionCatalogue.load(second.database);
  const sync = new CatalogueSync(second.database, catalogue, fail);
  t.after(() => sync.close());
  const heard = new Promise<void>((resolve) => catalogue.onFunctionChange(() => resolve()));
  await create(await deafNode(first.database), "fn");
  await heard;
});
