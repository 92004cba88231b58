// The tables of the store are complete: what is written but not listed would fail only when somebody calls it.

import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../src/lib/sibling.ts";
import { allProcs } from "../../src/procs.ts";
import { blobColumns } from "../../src/store/blob-columns.ts";
import type { Migration } from "../../src/store/migration.ts";
import { migrations } from "../../src/store/migrations.ts";
import { gatherProcs } from "../../src/store/proc-table.ts";

const filesOf = (pattern: string) => globSync(pattern, { cwd: join(packageRoot, "src") }).toSorted();

async function exportsOf(file: string): Promise<object> {
  return (await import(join(packageRoot, "src", file))) as object;
}

test("every proc of a *.procs.ts file is in procs.ts", async () => {
  const written = gatherProcs(await Promise.all(filesOf("**/*.procs.ts").map(exportsOf)));
  assert.ok(written.size > 0);
  assert.deepEqual([...allProcs().keys()].toSorted(), [...written.keys()].toSorted());
});

test("two procs of one name are a bug", () => {
  const one = { a: { name: "same", fn: async () => 1 } };
  const other = { b: { name: "same", fn: async () => 2 } };
  assert.throws(() => gatherProcs([one, other]), /two procs are called same/);
  assert.equal(gatherProcs([one, { again: one.a }]).size, 1);
});

test("every file of a migration is in migrations.ts, under its own number, and the numbers ascend", async () => {
  const files = filesOf("store/migrations/*.ts");
  const written = (await Promise.all(files.map(exportsOf))).flatMap((exported) => Object.values(exported) as Migration[]);
  assert.deepEqual(
    written.map(({ id, name }) => `store/migrations/${String(id).padStart(4, "0")}-${name}.ts`),
    files,
  );
  assert.deepEqual(
    migrations.map(({ id }) => id),
    written.map(({ id }) => id).toSorted((a, b) => a - b),
  );
});

test("every column that is called after a blob is among those that keep blobs alive", () => {
  const words = { name: "sqlite", bigint: "", double: "", bytes: "", identity: "", strict: "" } as const;
  const columns = migrations.flatMap((migration) => migration.up(words)).flatMap(blobColumnsIn);
  assert.deepEqual(blobColumns.map(([table, column]) => `${table}.${column}`).toSorted(), columns.toSorted());
});

/** `code_key` and `blob_key` are what we call such columns. */
function blobColumnsIn(statement: string): string[] {
  const table = /CREATE TABLE (\w+)/.exec(statement)?.[1];
  const names = [...statement.matchAll(/^\s*((?:code|blob)_key) /gm)].map(([, name]) => name);
  return table === undefined ? [] : names.map((name) => `${table}.${name}`);
}
