// The ways into the command from a checkout: through npm, and linked, with whatever Node the user has.

import assert from "node:assert/strict";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { tryCommand } from "../../scripts/command.ts";

const root = resolve(import.meta.dirname, "../..");
let folder: string;

before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "lambent-entry-")));
  await writeFile(join(folder, "index.mjs"), "export const handler = () => 1;");
});
after(() => rm(folder, { recursive: true, force: true }));

test("npm run lambent means the folder that npm was called in", async () => {
  const env = { npm_lifecycle_event: "lambent", INIT_CWD: folder };
  const ran = await tryCommand([process.execPath, "scripts/run.mjs", "src/main.ts", "build", "--json"], { cwd: root, env });
  assert.equal(ran.code, 0, ran.output);
  assert.ok(JSON.parse(ran.output)[0].zip.startsWith(folder), ran.output);
});

test("a linked checkout runs under its own Node when the user's is older", async () => {
  const bin = JSON.stringify(join(root, "bin/lambent.mjs"));
  const pretending = join(folder, "node-20.mjs");
  await writeFile(pretending, `Object.defineProperty(process, "versions", { value: { node: "20.1.0" } }); await import(${bin});`);
  const ran = await tryCommand([process.execPath, pretending, "build", "--json"], { cwd: folder });
  assert.equal(ran.code, 0, ran.output);
  assert.ok(JSON.parse(ran.output)[0].zip.startsWith(folder), ran.output);
});
