// kill -9 under load, again and again: whatever was acknowledged is there afterwards.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
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
  const notes = join(temporaryDirectory(t), "acknowledged");
  let acknowledged: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    // Killed after another number of acknowledgements each time: early, in mid-batch, with a long log.
    await killAfter(t, [root, notes, String(round * ROUND_STEP)], 1 + ((round * 137) % 900));
    acknowledged = readFileSync(notes, "utf8").trimEnd().split("\n").map(Number);
    const stored = new Set(await storedIn(root));
    const lost = acknowledged.filter((n) => !stored.has(n));
    assert.deepEqual(lost, [], `round ${round}`);
  }
  assert.ok(acknowledged.length > ROUNDS * 10);
});

/** Kills the child once it has noted `count` numbers. */
async function killAfter(t: TestContext, args: readonly string[], count: number): Promise<void> {
  const running = spawn(process.execPath, [child, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => running.kill("SIGKILL"));
  let noted = 0;
  running.stdout.on("data", (dots: Buffer) => {
    noted += dots.length;
    if (noted >= count) running.kill("SIGKILL");
  });
  const [, signal] = await once(running, "exit");
  assert.equal(signal, "SIGKILL", "the child ends by our hand alone");
}

async function storedIn(root: string): Promise<number[]> {
  const directory = claimDirectory(root);
  const database = await openLedger(join(root, "main.db"));
  const stored = await database.read(allNumbers, null);
  await database.close();
  directory.release();
  return stored;
}
