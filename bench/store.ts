// How fast the store acknowledges durable inserts, against node:sqlite alone on the same disk in the same run. Prints one JSON line.
// Usage: node bench/store.ts [seconds]

import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { addEntry } from "../tests/store/ledger.procs.ts";
import { openLedger } from "../tests/store/ledger.ts";

const PRODUCERS = 64;
const BODY = "x".repeat(1024);
const durationMs = Number(process.argv[2] ?? 3) * 1_000;

const directory = mkdtempSync(join(tmpdir(), "lambent-bench-"));
try {
  const floor = floorOf(join(directory, "floor.db"));
  const store = await measureStore(join(directory, "store.db"));
  const ratio = Number((store.insertsPerSecond / floor.insertsPerSecond).toFixed(2));
  console.log(JSON.stringify({ bench: "store", producers: PRODUCERS, ...store, floor, ratio, load: loadavg()[0] }));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** What the engine does when it is called directly: as many inserts per commit as there are producers, no thread between. */
function floorOf(file: string): { readonly insertsPerSecond: number; readonly commitMs: number } {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000");
  db.exec("CREATE TABLE entry (n INTEGER PRIMARY KEY, note TEXT, data BLOB, weight REAL) STRICT");
  const insert = db.prepare("INSERT INTO entry (n, note) VALUES (?, ?)");
  const startedMs = performance.now();
  let [n, commits] = [0, 0];
  while (performance.now() - startedMs < durationMs) {
    db.exec("BEGIN IMMEDIATE");
    for (let each = 0; each < PRODUCERS; each++) insert.run(n++, BODY);
    db.exec("COMMIT");
    commits++;
  }
  const tookMs = performance.now() - startedMs;
  db.close();
  return { insertsPerSecond: Math.round((n / tookMs) * 1_000), commitMs: round(tookMs / commits) };
}

async function measureStore(file: string) {
  const database = await openLedger(file);
  const latencies: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const endsMs = performance.now() + durationMs;
  let next = 0;
  const produce = async () => {
    while (performance.now() < endsMs) {
      const startedMs = performance.now();
      await database.run(addEntry, { n: next++, note: BODY });
      latencies.push(performance.now() - startedMs);
    }
  };
  delay.enable();
  await Promise.all(Array.from({ length: PRODUCERS }, produce));
  delay.disable();
  await database.close();
  latencies.sort((a, b) => a - b);
  return {
    insertsPerSecond: Math.round((latencies.length / durationMs) * 1_000),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    // The monitor's own period is part of what it measures.
    eventLoopP99Ms: round(Math.max(0, delay.percentile(99) / 1e6 - 1)),
  };
}

function percentile(sorted: readonly number[], part: number): number {
  return round(sorted[Math.floor(sorted.length * part)] ?? 0);
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
