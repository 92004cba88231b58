// kill -9 under load, of a lambent process and of PostgreSQL: nothing that was acknowledged is lost, nothing removed comes back.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { StorePlace } from "../../src/store/open.ts";
import type { Queues } from "../../src/store/queue/queue.ts";
import { createQueue } from "../../src/store/queue/queues.procs.ts";
import { ownPostgres, withoutPostgres } from "../contract/postgres-server.ts";
import { openAt } from "../contract/store-dialects.ts";
import { temporaryDirectory } from "./ledger.ts";

const child = fileURLToPath(new URL("./queue-crash-child.ts", import.meta.url));
const ROUNDS = 3;
const ROUND_STEP = 1_000_000;

async function newQueue(place: StorePlace): Promise<number> {
  const store = await openAt(place);
  const settings = { isFifo: false, visibilityMs: 2_000, delayMs: 0, retentionMs: 3_600_000 };
  const { id } = await store.database.run(createQueue, { account: "1", region: "r", kind: "test", name: "crash", settings });
  await store.close();
  return id;
}

function notesOf(file: string): Record<"s" | "t" | "r", Set<string>> {
  const notes = { s: new Set<string>(), t: new Set<string>(), r: new Set<string>() };
  if (!existsSync(file)) return notes;
  for (const line of readFileSync(file, "utf8").split("\n")) if (/^[str] \d+$/.test(line)) notes[line[0] as "s"].add(line.slice(2));
  return notes;
}

/** Runs the child until `count` more messages have been noted as sent, and then until `end` is done. */
async function under(t: TestContext, args: readonly string[], file: string, count: number, end: () => Promise<void>): Promise<void> {
  const before = notesOf(file).s.size;
  const running = spawn(process.execPath, [child, ...args, file], { stdio: ["ignore", "ignore", "inherit"] });
  t.after(() => running.kill("SIGKILL"));
  while (notesOf(file).s.size < before + count) {
    assert.equal(running.exitCode, null, "the child ended by itself");
    await delay(20);
  }
  await end();
  running.kill("SIGKILL");
  if (running.exitCode === null && running.signalCode === null) await once(running, "exit");
}

/** All that is left, leased or not. */
async function drained(queues: Queues, queueId: number): Promise<readonly string[]> {
  const bodies: string[] = [];
  for (;;) {
    const messages = await queues.receive(queueId, { max: 500, waitMs: 2_500 });
    if (messages.length === 0) return bodies;
    bodies.push(...messages.map(({ body }) => body));
    await queues.remove(queueId, messages);
  }
}

async function check(t: TestContext, place: StorePlace, queueId: number, file: string): Promise<void> {
  const store = await openAt(place);
  const left = new Set(await drained(store.queues, queueId));
  await store.close();
  const { s: sent, t: tried, r: removed } = notesOf(file);
  const lost = [...sent].filter((body) => !left.has(body) && !tried.has(body));
  const risen = [...removed].filter((body) => left.has(body));
  t.diagnostic(`acknowledged ${sent.size}, removed ${removed.size}, left ${left.size}, lost ${lost.length}, came back ${risen.length}`);
  assert.deepEqual([lost, risen], [[], []]);
  assert.ok(sent.size > 100 && removed.size > 0, "too little load");
}

test(`queue on SQLite: lambent killed ${ROUNDS} times`, async (t) => {
  const directory = temporaryDirectory(t);
  const [place, file] = [{ dataDirectory: join(directory, "data") }, join(directory, "note")];
  const queueId = await newQueue(place);
  for (let round = 1; round <= ROUNDS; round++) {
    const args = [JSON.stringify(place), String(queueId), String(round * ROUND_STEP)];
    await under(t, args, file, 150 * round, async () => {});
  }
  await check(t, place, queueId, file);
});

test(`queue on PostgreSQL: lambent killed ${ROUNDS} times, the server ${ROUNDS} times`, { skip: withoutPostgres }, async (t) => {
  const server = await ownPostgres(t);
  const [place, file] = [{ memory: true, url: await server.createDatabase() } as const, join(temporaryDirectory(t), "note")];
  const queueId = await newQueue(place);
  for (let round = 1; round <= ROUNDS; round++) {
    const args = [JSON.stringify(place), String(queueId), String(round * ROUND_STEP)];
    await under(t, args, file, 150 * round, async () => {
      await server.kill();
      await server.restart();
      const before = notesOf(file).s.size;
      while (notesOf(file).s.size < before + 50) await delay(20);
    });
  }
  await check(t, place, queueId, file);
});
