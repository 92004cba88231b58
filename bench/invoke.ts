// What an invocation costs through the whole built program: start, idle memory, warm and cold, 1 and 16 clients, time and CPU, with the floor of
// the same run (a bare node:http hand-over of the same binary) and, with --peers, other servers. Prints one JSON line; soak.ts has the memory.
// Usage: npm run bench [-- --peers]   BENCH_INVOKES=2000 for a short one

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { InvokeCommand, type LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { command, root } from "../scripts/command.ts";
import { measurePeers } from "./peers.ts";
import { eachCount, type Load, load, machineLoad, median, rounded, Server } from "./server.ts";
import { create, deploy, ECHO_EVENT, invokePath, type Subject, subjects, zipOf } from "./subjects.ts";

const here = dirname(fileURLToPath(import.meta.url));
const INVOKES = Number(process.env.BENCH_INVOKES ?? 20_000);
const COLD_INVOKES = 15;
const STARTS = 7;
const LARGE_FUNCTIONS = 4;
/** AWS's limit of a zip that comes with the request: 50 MB. */
const LARGE_BYTES = 49_000_000;
/** Ready stems are made in a quiet moment. */
const QUIET_MS = 600;

const floorOf = async (binary: string) => {
  const server = await Server.start([join(here, "invoke-floor.ts"), binary, "16"]);
  try {
    return await eachCount({ server, path: "/", event: ECHO_EVENT, invokes: INVOKES });
  } finally {
    await server.stop();
  }
};

/** A server of the built program on a directory of its own. */
async function withProgram<T>(options: readonly string[], use: (server: Server) => Promise<T>): Promise<T> {
  const data = await mkdtemp(join(tmpdir(), "lambent-bench-"));
  const server = await Server.start([join(root, "dist/main.js"), "start", "--port", "0", "--data", data, ...options]);
  try {
    return await use(server);
  } finally {
    await server.stop();
    await rm(data, { recursive: true, force: true });
  }
}

async function withFloor(use: (server: Server) => Promise<void>): Promise<void> {
  const server = await Server.start([join(here, "start-floor.ts")]);
  await use(server).finally(() => server.stop());
}

/** From `node` to an answer, and the memory at that moment: medians. The first start fills the compile cache and does not count. */
async function measureStart(start: (use: (server: Server) => Promise<void>) => Promise<void>) {
  const startMs: number[] = [];
  const idleMb: number[] = [];
  for (let n = 0; n <= STARTS; n++) {
    const beganMs = performance.now();
    await start(async (server) => {
      await server.get("/_lambent/health");
      if (n > 0) startMs.push(performance.now() - beganMs);
      if (n > 0) idleMb.push(server.memoryMb);
    });
  }
  return { startMs: median(startMs), startMinMs: rounded(Math.min(...startMs)), idleMb: median(idleMb) };
}

/** Every update of the configuration ends the environments, so that the next invocation has a cold start. */
async function cold(client: LambdaClient, { name, event }: Subject): Promise<{ readonly p50Ms: number; readonly maxMs: number }> {
  const times: number[] = [];
  for (let n = 0; n < COLD_INVOKES; n++) {
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Description: `${n}` }));
    await sleep(QUIET_MS);
    const startMs = performance.now();
    await client.send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from(event) }));
    times.push(performance.now() - startMs);
  }
  return { p50Ms: median(times), maxMs: rounded(Math.max(...times)) };
}

/** Warm invocations while functions of nearly 50 MB are created one after the other. */
async function whileCreating(server: Server, client: LambdaClient): Promise<Load & { readonly created: number }> {
  const zip = await zipOf((file) => file.addBuffer(randomBytes(LARGE_BYTES), "bootstrap", { mode: 0o100755, compress: false }));
  let isLoaded = true;
  let created = 0;
  const creating = (async () => {
    for (; isLoaded && created < LARGE_FUNCTIONS; created++) {
      const name = `large-${created}`;
      await create(client, { name, runtime: "provided.al2023", handler: "bootstrap", nameInZip: "bootstrap" }, zip);
    }
  })();
  const target = { server, path: invokePath("echo"), event: ECHO_EVENT, invokes: INVOKES };
  const measured = await load(target, 1, INVOKES / 2).finally(() => {
    isLoaded = false;
  });
  await creating;
  return { ...measured, created };
}

function measureProgram([echo, ...others]: readonly [Subject, ...Subject[]]) {
  return withProgram([], async (server) => {
    const client = server.client();
    const measure = async (subject: Subject, invokes: number) => {
      await deploy(client, subject);
      const coldTimes = await cold(client, subject);
      return { cold: coldTimes, warm: await eachCount({ server, path: invokePath(subject.name), event: subject.event, invokes }) };
    };
    const functions = { [echo.name]: await measure(echo, INVOKES) };
    const creating = await whileCreating(server, client);
    for (const subject of others) functions[subject.name] = await measure(subject, INVOKES / 4);
    client.destroy();
    return { functions, whileCreating50Mb: creating };
  });
}

function measureColdWithoutStems(all: readonly Subject[]) {
  return withProgram(["--ready-stems", "0"], async (server) => {
    const client = server.client();
    const results: Record<string, Awaited<ReturnType<typeof cold>>> = {};
    for (const subject of all) {
      await deploy(client, subject);
      results[subject.name] = await cold(client, subject);
    }
    client.destroy();
    return results;
  });
}

const all = await subjects();
await command([process.execPath, join(root, "scripts/build.ts")]);
const start = await measureStart((use) => withProgram([], use));
const startFloor = await measureStart(withFloor);
const floor = await floorOf(all[0].file);
const program = await measureProgram(all);
const coldWithoutStems = await measureColdWithoutStems(all);
const peers = process.argv.includes("--peers") ? await measurePeers(all[0], INVOKES) : undefined;
const echo = program.functions.echo!.warm.clients16!;
const shareOfFloor = rounded(echo.perSecond / floor.clients16!.perSecond);
const cpuShareOfFloor = rounded(floor.clients16!.cpuUs / echo.cpuUs);
console.log(
  JSON.stringify({
    bench: "invoke",
    ...start,
    startFloor,
    ...program,
    coldWithoutStems,
    floor,
    shareOfFloor,
    cpuShareOfFloor,
    peers,
    load: machineLoad(),
  }),
);
