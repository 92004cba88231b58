// How long a backup and a restore take, what a backup costs those who send meanwhile, and how far SQLite's WAL grows. One JSON line per dialect.
// Usage: node bench/backup.ts [messages] [sqlite|postgres]

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../scripts/command.ts";
import { startPostgres } from "../scripts/postgres.ts";
import { systemClock } from "../src/lib/clock.ts";
import { openStore, type Store, type StorePlace } from "../src/store/open.ts";
import { createQueue } from "../src/store/queue/queues.procs.ts";

const MESSAGES = Number(process.argv[2] ?? 100_000);
const wanted = process.argv[3];
const SENT_AT_ONCE = 1_000;
/** Sends that somebody waits for while the backup is made. */
const PACE_MS = 5;
const QUIET_SENDS = 300;

const directory = mkdtempSync(join(tmpdir(), "lambent-bench-"));

async function benchPostgres(): Promise<void> {
  const server = await startPostgres();
  try {
    const [url, other] = [await server.createDatabase(), await server.createDatabase()];
    const options = (name: string, store: string) => ["--data", join(directory, name), "--store", store];
    const place = { dataDirectory: join(directory, "postgres"), url };
    await bench("postgres", { place, from: options("postgres", url), to: options("postgres-restored", other) });
  } finally {
    await server.stop();
  }
}

interface Work {
  readonly place: StorePlace;
  /** Options of `lambent backup` and of `lambent restore`. */
  readonly from: readonly string[];
  readonly to: readonly string[];
}

async function bench(dialect: string, { place, from, to }: Work): Promise<void> {
  const fail = (error: unknown) => {
    throw error;
  };
  const store = await openStore(place, { clock: systemClock, program: "bench", onFatal: fail, onError: fail });
  const owner = { account: "000000000000", region: "us-east-1", kind: "bench", name: "waiting" };
  const settings = { isFifo: false, visibilityMs: 60_000, delayMs: 0, retentionMs: 345_600_000 };
  const { id } = await store.database.run(createQueue, { ...owner, settings });
  await fill(store, id);
  const quiet = new Sends(store, id);
  await quiet.many(QUIET_SENDS);
  const meanwhile = new Sends(store, id);
  const sending = meanwhile.untilStopped();
  const backup = await run(["backup", join(directory, `backup-${dialect}`), ...from, "--json"]);
  const walMb = dialect === "sqlite" ? statSync(join(directory, "data/main.db-wal")).size / 1e6 : undefined;
  meanwhile.stop();
  await sending;
  await store.close();
  const restore = await run(["restore", join(directory, `backup-${dialect}`), ...to, "--json"]);
  const sends = { quiet: quiet.percentiles(), meanwhile: meanwhile.percentiles() };
  console.log(JSON.stringify({ bench: "backup", dialect, messages: MESSAGES, backup, walMb, restore, sendMs: sends, load: loadavg()[0] }));
}

/** Bodies of 1 KiB that hardly shrink. */
async function fill(store: Store, queueId: number): Promise<void> {
  for (let sent = 0; sent < MESSAGES; sent += SENT_AT_ONCE) {
    const items = Array.from({ length: SENT_AT_ONCE }, () => ({ body: randomBytes(768).toString("base64") }));
    await store.queues.send(queueId, items);
  }
}

class Sends {
  readonly #store: Store;
  readonly #queueId: number;
  readonly #tookMs: number[] = [];
  #isOver = false;

  constructor(store: Store, queueId: number) {
    this.#store = store;
    this.#queueId = queueId;
  }

  async many(count: number): Promise<void> {
    for (let sent = 0; sent < count; sent++) await this.#one();
  }

  async untilStopped(): Promise<void> {
    while (!this.#isOver) await this.#one();
  }

  stop(): void {
    this.#isOver = true;
  }

  percentiles() {
    const sorted = this.#tookMs.toSorted((a, b) => a - b);
    const at = (part: number) => round(sorted[Math.floor(sorted.length * part)] ?? 0);
    return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: round(sorted.at(-1) ?? 0) };
  }

  async #one(): Promise<void> {
    const startedMs = performance.now();
    await this.#store.queues.send(this.#queueId, [{ body: "x".repeat(1024) }]);
    this.#tookMs.push(performance.now() - startedMs);
    await delay(PACE_MS);
  }
}

/** A `lambent …` of its own; `peakMb`: the most memory it had. */
async function run(args: readonly string[]) {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [join(root, "src/main.ts"), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  let peakMb = 0;
  const looking = setInterval(() => (peakMb = Math.max(peakMb, peakOf(child.pid!))), 20);
  const [code] = await once(child, "close");
  clearInterval(looking);
  if (code !== 0) throw new Error(`lambent ${args[0]} ended with ${code}`);
  const seconds = (performance.now() - startedMs) / 1_000;
  const { rows, bytes } = JSON.parse(out) as { rows: number; bytes: number };
  return { seconds: round(seconds), rowsPerSecond: Math.round(rows / seconds), mb: round(bytes / 1e6), peakMb: round(peakMb) };
}

function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has ended
  }
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}

try {
  if (wanted !== "postgres") {
    const options = (name: string) => ["--data", join(directory, name)];
    await bench("sqlite", { place: { dataDirectory: join(directory, "data") }, from: options("data"), to: options("restored") });
  }
  if (wanted !== "sqlite") await benchPostgres();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
