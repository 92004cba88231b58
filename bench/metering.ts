// What counting costs an invocation, and what a shadow costs its callers, in one run: an invocation's CPU in the server, the meter's part of it (the
// same records to the meter and to nobody), and the p50 of callers with and without a shadow, in turns. Prints one JSON line.
// Usage: node scripts/run.mjs bench/metering.ts   BENCH_INVOKES=2000 for a short one

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../scripts/command.ts";
import { Meter, type MeteredInvocation } from "../src/metering/meter.ts";
import { load, machineLoad, median, rounded, Server, warm } from "./server.ts";
import { deploy, ECHO_EVENT, invokePath, subjects } from "./subjects.ts";

const INVOKES = Number(process.env.BENCH_INVOKES ?? 10_000);
const RECORDS = 500_000;
const ROUNDS = 5;
const PACED = 200;
const PAUSE_MS = 5;

/** Microseconds that the meter takes for one record, its emptying included, once for every 10,000 of them as at 10,000 invocations a second. */
function meterUs(): number {
  const meter = new Meter();
  const version = {
    functionId: 1,
    account: "123456789012",
    region: "eu-west-1",
    name: "echo",
    version: "$LATEST",
    memoryMb: 1769,
    tmpMb: 512,
    architecture: "x86_64",
  } as const;
  const record = (at: number): MeteredInvocation => ({
    version,
    invokedArn: `arn:aws:lambda:eu-west-1:123456789012:function:${version.name}`,
    durationMs: 0.2 + (at % 100) / 50,
    billedMs: 1,
    endedAtMs: Date.now(),
    isFunctionError: false,
    streamedBytes: 0,
  });
  const timed = (take: (record: MeteredInvocation, at: number) => void) => {
    const startedMs = performance.now();
    for (let at = 0; at < RECORDS; at++) take(record(at), at);
    return ((performance.now() - startedMs) * 1_000) / RECORDS;
  };
  const counted = (one: MeteredInvocation, at: number) => {
    meter.add(one, false);
    if (at % 10_000 === 0) meter.drain(() => false);
  };
  const rounds = Array.from({ length: ROUNDS }, () => timed(counted) - timed(() => {}));
  return median(rounds);
}

async function shadow(server: Server, method: "POST" | "DELETE"): Promise<void> {
  const place = { account: "000000000000", region: "eu-west-1", name: "echo" };
  const url = `http://127.0.0.1:${server.port}/_lambent/shadow`;
  const body = JSON.stringify({ ...place, candidate: "candidate", guard: "isolated" });
  const response = await fetch(method === "POST" ? url : `${url}?${new URLSearchParams(place)}`, {
    method,
    ...(method === "POST" && { body }),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** The p50 of a caller who pauses between calls, as most do: copies then run in the pauses. Without pauses they compete for the same cores. */
async function pacedP50(server: Server, path: string): Promise<number> {
  const tookMs: number[] = [];
  for (let left = PACED; left > 0; left--) {
    const startedMs = performance.now();
    await (await fetch(`http://127.0.0.1:${server.port}${path}`, { method: "POST", body: ECHO_EVENT })).arrayBuffer();
    tookMs.push(performance.now() - startedMs);
    await sleep(PAUSE_MS);
  }
  return median(tookMs);
}

const data = await mkdtemp(join(tmpdir(), "lambent-bench-"));
const server = await Server.start([join(root, "dist/main.js"), "start", "--port", "0", "--data", data]);
try {
  const [echo] = await subjects();
  const client = server.client();
  await deploy(client, echo);
  await deploy(client, { ...echo, name: "candidate" });
  const target = { server, path: invokePath("echo"), event: ECHO_EVENT, invokes: INVOKES };
  const { platformCpuUs } = await warm(target, 1);
  const [alone, shadowed, paced, pacedShadowed]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    alone.push((await load(target, 1, INVOKES / ROUNDS)).p50Ms);
    paced.push(await pacedP50(server, target.path));
    await shadow(server, "POST");
    shadowed.push((await load(target, 1, INVOKES / ROUNDS)).p50Ms);
    pacedShadowed.push(await pacedP50(server, target.path));
    await shadow(server, "DELETE");
  }
  const us = meterUs();
  const meter = { us: Math.round(us * 1_000) / 1_000, platformCpuUs, share: `${((us / platformCpuUs) * 100).toFixed(2)} %` };
  const pauses = {
    aloneP50Ms: median(paced),
    shadowedP50Ms: median(pacedShadowed),
    addedMs: rounded(median(pacedShadowed) - median(paced)),
  };
  const shadows = { aloneP50Ms: median(alone), shadowedP50Ms: median(shadowed), addedMs: rounded(median(shadowed) - median(alone)) };
  console.log(JSON.stringify({ machineLoad: machineLoad(), meter, pauses, shadows }));
} finally {
  await server.stop();
  await rm(data, { recursive: true, force: true });
}
