// kill -9 under load, again and again: whatever was acknowledged is there afterwards.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { claimDirectory } from "../../src/store/data-directory.ts";
import { allNumbers } from "./ledger.procs.ts";
import { openLedger, temporaryDirectory } from "./ledger.ts";

const ROUNDS = 20;
/** Numbers of one round start here times the round. */
const ROUND_STEP = 1_000_000;

const child = fileURLToPath(new URL("./crash-child.ts", import.meta.url));

test(`${ROUNDS} processes killed under load have lost nothing that they acknowledged`, async (t) => {
  const root = temporaryDirectory(t);
  const acknowledged: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    // Killed after another number of acknowledgements each time: early, in mid-batch, with a long log.
    acknowledged.push(...(await killAfter(t, root, round * ROUND_STEP, 1 + ((round * 137) % 900))));
    const stored = new Set(await storedIn(root));
    const lost = acknowledged.filter((n) => !stored.has(n));
    assert.deepEqual(lost, [], `round ${round}`);
  }
  assert.ok(acknowledged.length > ROUNDS * 10);
});

/** All numbers that the child said, also those still in the pipe when it died. */
async function killAfter(t: TestContext, root: string, first: number, count: number): Promise<number[]> {
  const running = spawn(process.execPath, [child, root, String(first)], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => running.kill("SIGKILL"));
  const exited = once(running, "exit");
  const said: number[] = [];
  for await (const line of createInterface(running.stdout)) {
    said.push(Number(line));
    if (said.length === count) running.kill("SIGKILL");
  }
  const [, signal] = await exited;
  assert.equal(signal, "SIGKILL", "the child ends by our hand alone");
  return said;
}

async function storedIn(root: string): Promise<number[]> {
  const directory = claimDirectory(root);
  const database = await openLedger(join(root, "main.db"));
  const stored = await database.read(allNumbers, null);
  await database.close();
  directory.release();
  return stored;
}
