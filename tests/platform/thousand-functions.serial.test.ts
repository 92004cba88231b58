// A thousand functions: made, listed, called, and there again after a restart.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CreateFunctionCommand, paginateListFunctions } from "@aws-sdk/client-lambda";
import { buildFunctions } from "../../scripts/build-functions.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { ROLE, type RunningServer, startServer } from "./running-server.ts";

const COUNT = 1_000;
const AT_ONCE = 16;
/** Of all, so that environments of many functions take turns. */
const CALLED = 100;

test(`${COUNT} functions are made, listed, called and there again after a restart`, { timeout: 240_000 }, async (t) => {
  const data = await mkdtemp(join(tmpdir(), "lambent-thousand-"));
  t.after(() => rm(data, { recursive: true, force: true }));
  const { echo } = await buildFunctions();
  const ZipFile = await zipOf({ bootstrap: { content: await readFile(echo!), mode: 0o100755 } });
  const first = await startServer({ data });
  t.after(first.close);
  await inTurns(COUNT, async (index) => {
    const run = { Runtime: "provided.al2023", Handler: "bootstrap", Role: ROLE, MemorySize: 128 } as const;
    await first.client.send(new CreateFunctionCommand({ FunctionName: `fn${index}`, Code: { ZipFile }, ...run }));
  });
  await isWhole(first);
  await first.close();

  const second = await startServer({ data });
  t.after(second.close);
  await isWhole(second);
});

async function isWhole(server: RunningServer): Promise<void> {
  const names = new Set<string>();
  for await (const { Functions = [] } of paginateListFunctions({ client: server.client }, {}))
    for (const { FunctionName, State = "Active" } of Functions) {
      assert.equal(State, "Active");
      names.add(FunctionName!);
    }
  assert.equal(names.size, COUNT);
  await inTurns(CALLED, async (index) => {
    const called = index * (COUNT / CALLED);
    assert.deepEqual(await server.call(`fn${called}`, { called }), { called });
  });
}

async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
