// How fast the store takes messages durably and brings them to a receiver, on both dialects, against each engine alone on the same disk in
// the same run. Prints one JSON line per dialect.
// Usage: node bench/store.ts [seconds] [sqlite|postgres]

import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { startPostgres } from "../scripts/postgres.ts";
import { systemClock } from "../src/lib/clock.ts";
import { openStore, type Store, type StorePlace } from "../src/store/open.ts";
import { leasedPermits } from "../src/store/permits/leased-permits.ts";
import { createQueue } from "../src/store/queue/queues.procs.ts";
import { type Floor, type FloorOptions, postgresFloor, sqliteFloor } from "./store-floor.ts";

const PRODUCERS = 64;
const CONSUMERS = 8;
const BODY = "x".repeat(1024);
/** Sends per second of the paced run, whose latency tells what an unhurried queue does. */
const PACED_PER_SECOND = 500;
const durationMs = Number(process.argv[2] ?? 3) * 1_000;
const wanted = process.argv[3];
const floorOptions: FloorOptions = { rowsPerCommit: PRODUCERS, body: BODY, durationMs };

const directory = mkdtempSync(join(tmpdir(), "lambent-bench-"));
try {
  if (wanted !== "postgres") await benchSqlite();
  if (wanted !== "sqlite") await benchPostgres();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function benchSqlite(): Promise<void> {
  const floor = sqliteFloor(join(directory, "floor.db"), floorOptions);
  await bench("sqlite", { dataDirectory: join(directory, "data") }, floor);
}

async function benchPostgres(): Promise<void> {
  const server = await startPostgres();
  try {
    const floor = await postgresFloor(await server.createDatabase(), floorOptions);
    await bench("postgres", { memory: true, url: await server.createDatabase() }, floor);
  } finally {
    await server.stop();
  }
}

async function bench(dialect: string, place: StorePlace, floor: Floor): Promise<void> {
  const fail = (error: unknown) => {
    throw error;
  };
  const store = await openStore(place, { clock: systemClock, program: "bench", onFatal: fail, onError: fail });
  const send = await measureSends(store, await newQueue(store, "sends"));
  const endToEnd = await measureEndToEnd(store, await newQueue(store, "end-to-end"));
  const paced = await measurePaced(store, await newQueue(store, "paced"));
  const permits = await measurePermits(store);
  await store.close();
  const ratio = round(send.perSecond / floor.insertsPerSecond);
  const load = loadavg()[0];
  console.log(
    JSON.stringify({
      bench: "store",
      dialect,
      producers: PRODUCERS,
      consumers: CONSUMERS,
      send,
      endToEnd,
      paced,
      permits,
      floor,
      ratio,
      load,
    }),
  );
}

async function newQueue({ database }: Store, name: string): Promise<number> {
  const settings = { isFifo: false, visibilityMs: 60_000, delayMs: 0, retentionMs: 345_600_000 };
  return (await database.run(createQueue, { account: "1", region: "r", kind: "bench", name, settings })).id;
}

/** Each producer sends its next message when the one before is on disk. */
async function measureSends({ queues }: Store, queueId: number) {
  const latencies: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const endsMs = performance.now() + durationMs;
  const produce = async () => {
    while (performance.now() < endsMs) {
      const startedMs = performance.now();
      await queues.send(queueId, [{ body: BODY }]);
      latencies.push(performance.now() - startedMs);
    }
  };
  delay.enable();
  await Promise.all(Array.from({ length: PRODUCERS }, produce));
  delay.disable();
  // The monitor's own period is part of what it measures.
  const eventLoopP99Ms = round(Math.max(0, delay.percentile(99) / 1e6 - 1));
  return { perSecond: perSecond(latencies.length, durationMs), ...percentiles(latencies), eventLoopP99Ms };
}

/** Producers as fast as they can beside receivers of ten who remove what they got; until everything is through. */
async function measureEndToEnd(store: Store, queueId: number) {
  const { queues } = store;
  const startedMs = performance.now();
  const endsMs = startedMs + durationMs;
  let sent = 0;
  let isSent = false;
  const produce = async () => {
    while (performance.now() < endsMs) {
      await queues.send(queueId, [{ body: BODY }]);
      sent++;
    }
  };
  let received = 0;
  const consume = async () => {
    while (!isSent || received < sent) {
      const messages = await queues.receive(queueId, { max: 10, waitMs: 100 });
      await queues.remove(queueId, messages);
      received += messages.length;
    }
  };
  const consumers = Array.from({ length: CONSUMERS }, consume);
  await Promise.all(Array.from({ length: PRODUCERS }, produce));
  isSent = true;
  await Promise.all(consumers);
  return { messagesPerSecond: perSecond(received, performance.now() - startedMs), messages: received };
}

/** From before the send to the receiver's hands, two commits included. */
async function measurePaced({ queues }: Store, queueId: number) {
  const latencies: number[] = [];
  let isOver = false;
  const consume = async () => {
    while (!isOver) {
      const messages = await queues.receive(queueId, { max: 10, waitMs: 100 });
      const nowMs = performance.now();
      for (const { body } of messages) latencies.push(nowMs - Number(body));
      await queues.remove(queueId, messages);
    }
  };
  const consumers = Array.from({ length: CONSUMERS }, consume);
  const startedMs = performance.now();
  const sends: Promise<unknown>[] = [];
  while (performance.now() - startedMs < durationMs) {
    const due = ((performance.now() - startedMs) / 1_000) * PACED_PER_SECOND;
    while (sends.length < due) sends.push(queues.send(queueId, [{ body: String(performance.now()) }]));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sends);
  isOver = true;
  await Promise.all(consumers);
  return { sendsPerSecond: PACED_PER_SECOND, ...percentiles(latencies) };
}

/** Permits that a node holds already: what an invocation pays. */
async function measurePermits({ database }: Store) {
  const fail = (error: unknown) => {
    throw error;
  };
  const permits = leasedPermits({ database, nodeId: "bench", onOverrun: () => {}, onError: fail });
  await permits.setLimit("f", 100);
  const startedMs = performance.now();
  let count = 0;
  while (performance.now() - startedMs < durationMs / 4) {
    const permit = await permits.acquire("f");
    if (permit !== undefined) permits.release(permit);
    count++;
  }
  const acquiresPerSecond = perSecond(count, performance.now() - startedMs);
  await permits.close();
  return { acquiresPerSecond };
}

function percentiles(latencies: number[]) {
  latencies.sort((a, b) => a - b);
  const at = (part: number) => round(latencies[Math.floor(latencies.length * part)] ?? 0);
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

function perSecond(count: number, tookMs: number): number {
  return Math.round((count / tookMs) * 1_000);
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
