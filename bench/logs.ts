// What a log line costs the main thread: four lines per invocation from 64 environments of 8 functions, at 10,000 invocations a second,
// into a real logs.db. Prints one JSON line. Floor: the same lines into one array.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../src/lib/clock.ts";
import { LogBuffer } from "../src/observe/log-buffer.ts";
import { openStore } from "../src/store/open.ts";

const LINES = 400_000;
const LINES_PER_TICK = 400;
const TICK_MS = 10;

const dataDirectory = mkdtempSync(join(tmpdir(), "lambent-bench-logs-"));
const fail = (error: unknown) => {
  throw error;
};
const store = await openStore({ dataDirectory }, { clock: systemClock, program: "bench", onFatal: fail, onError: fail });
const buffer = new LogBuffer({ clock: systemClock, database: () => store.logs(), report: (sentence) => console.error(sentence) });

const environments = Array.from({ length: 64 }, (_, i) => ({
  account: "000000000000",
  region: "us-east-1",
  group: `/aws/lambda/function-${i % 8}`,
  stream: `2026/11/25/[$LATEST]${crypto.randomUUID().replaceAll("-", "")}`,
}));

function lineOf(i: number): string {
  const id = `8f5c1d2e-0000-4000-8000-${String(i >> 2).padStart(12, "0")}`;
  if (i % 4 === 0) return `START RequestId: ${id} Version: $LATEST`;
  if (i % 4 === 2) return `END RequestId: ${id}`;
  if (i % 4 === 3)
    return `REPORT RequestId: ${id}\tDuration: 1.0${i % 10} ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 18 MB\t`;
  return `handled order ${i} for customer ${i * 7919} in ${i % 13} steps`;
}

/** CPU of this thread in µs per line, once for making the lines and once for making and writing them. */
async function measure(take: (i: number, line: string) => void): Promise<number> {
  const begun = process.threadCpuUsage();
  const startMs = performance.now();
  for (let i = 0; i < LINES; ) {
    for (const end = i + LINES_PER_TICK; i < end; i++) take(i, lineOf(i));
    await sleep(Math.max(0, startMs + (i / LINES_PER_TICK) * TICK_MS - performance.now()));
  }
  await buffer.settle();
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / LINES;
}

const lines: string[] = [];
const floorUs = await measure((_i, line) => lines.push(line));
lines.length = 0;
let worstMs = 0;
const totalUs = await measure((i, line) => {
  const begun = performance.now();
  buffer.write(environments[(i >> 2) % environments.length]!, Date.now(), line);
  worstMs = Math.max(worstMs, performance.now() - begun);
});
await buffer.close();
await store.close();
rmSync(dataDirectory, { recursive: true });
const round = (value: number) => Number(value.toFixed(3));
console.log(
  JSON.stringify({
    bench: "logs",
    lines: LINES,
    linesPerSecond: (LINES_PER_TICK * 1000) / TICK_MS,
    usPerLine: round(totalUs - floorUs),
    floorUsPerLine: round(floorUs),
    worstWriteMs: round(worstMs),
    dropped: buffer.dropped.events,
  }),
);
