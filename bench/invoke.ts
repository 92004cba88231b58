// What an invocation costs through the whole program: warm and cold, 1 and 16 clients, time and CPU, with the floor of the same run (a bare
// node:http hand-over of the same binary). Prints one JSON line. The server, the floor and the load are processes of their own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { ZipFile } from "yazl";
import { buildFunctions } from "../scripts/build-functions.ts";
import { cpuUsOfTree } from "./process-tree-cpu.ts";

const here = dirname(fileURLToPath(import.meta.url));
const WARM_INVOKES = Number(process.env.BENCH_INVOKES ?? 20_000);
const COLD_INVOKES = 20;
const CLIENTS = [1, 16];
const NAME = "echo";
const SERVE_URL = `/2015-03-31/functions/${NAME}/invocations`;

interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

type Warm = Load & { readonly cpuUs: number; readonly platformCpuUs: number };

class Server {
  readonly process: ChildProcess;
  readonly port: number;

  static async start(argv: readonly string[], environment: Record<string, string> = {}): Promise<Server> {
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...environment } });
    const port = await new Promise<number>((resolve, reject) => {
      createInterface({ input: child.stdout! }).on("line", (line) => {
        const found = /127\.0\.0\.1:(\d+)/.exec(line)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
      child.once("exit", () => reject(new Error(`${argv.join(" ")} ended before it listened`)));
    });
    return new Server(child, port);
  }

  private constructor(child: ChildProcess, port: number) {
    this.process = child;
    this.port = port;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    this.process.kill("SIGTERM");
    await once(this.process, "exit");
  }

  get memoryMb(): number {
    const pages = Number(readFileSync(`/proc/${this.process.pid}/statm`, "utf8").split(" ")[1]);
    return Math.round((pages * 4096) / 2 ** 20);
  }
}

async function load(port: number, path: string, clients: number, count: number): Promise<Load> {
  const child = spawn(process.execPath, [join(here, "invoke-load.ts"), String(port), path, String(clients), String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (bytes) => {
    text += bytes;
  });
  await once(child, "close");
  return JSON.parse(text) as Load;
}

/** CPU per invocation of the server with all that it started, and of the server's own process alone. */
async function warm(server: Server, path: string, clients: number): Promise<Warm> {
  await load(server.port, path, clients, 2000);
  const before = cpuUsOfTree(server.process.pid!);
  const measured = await load(server.port, path, clients, WARM_INVOKES);
  const after = cpuUsOfTree(server.process.pid!);
  return {
    ...measured,
    cpuUs: Math.round((after.tree - before.tree) / WARM_INVOKES),
    platformCpuUs: Math.round((after.root - before.root) / WARM_INVOKES),
  };
}

async function cold(client: LambdaClient): Promise<{ readonly p50Ms: number; readonly maxMs: number }> {
  const times: number[] = [];
  for (let n = 0; n < COLD_INVOKES; n++) {
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: NAME, Description: `${n}` }));
    await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 10, minDelay: 1 }, { FunctionName: NAME });
    await sleep(100); // ready stems are made in a quiet moment
    const startMs = performance.now();
    await client.send(new InvokeCommand({ FunctionName: NAME, Payload: Buffer.from("{}") }));
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  return { p50Ms: rounded(times[COLD_INVOKES >> 1]!), maxMs: rounded(times.at(-1)!) };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

async function zipOf(file: string): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addFile(file, "bootstrap", { mode: 0o100755 });
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function deploy(client: LambdaClient, binary: string): Promise<void> {
  const Role = "arn:aws:iam::000000000000:role/bench";
  const Code = { ZipFile: await zipOf(binary) };
  await client.send(
    new CreateFunctionCommand({ FunctionName: NAME, Runtime: "provided.al2023", Handler: "bootstrap", Role, Code, MemorySize: 1769 }),
  );
  await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 10, minDelay: 1 }, { FunctionName: NAME });
}

async function measureProgram(binary: string) {
  const data = await mkdtemp(join(tmpdir(), "lambent-bench-"));
  const startedMs = performance.now();
  const server = await Server.start([join(here, "../src/main.ts"), "start", "--port", "0", "--data", data]);
  const startMs = Math.round(performance.now() - startedMs);
  try {
    const idleMb = server.memoryMb;
    const endpoint = `http://127.0.0.1:${server.port}`;
    const client = new LambdaClient({ endpoint, region: "eu-west-1", credentials: { accessKeyId: "bench", secretAccessKey: "bench" } });
    await deploy(client, binary);
    const results = { startMs, idleMb, cold: await cold(client), warm: await eachCount((clients) => warm(server, SERVE_URL, clients)) };
    client.destroy();
    return { ...results, memoryAfterMb: server.memoryMb };
  } finally {
    await server.stop();
    await rm(data, { recursive: true, force: true });
  }
}

async function measureFloor(binary: string) {
  const floor = await Server.start([join(here, "invoke-floor.ts"), binary, String(Math.max(...CLIENTS))]);
  try {
    return await eachCount((clients) => warm(floor, "/", clients));
  } finally {
    await floor.stop();
  }
}

async function eachCount(measure: (clients: number) => Promise<Warm>): Promise<Record<string, Warm>> {
  const results: Record<string, Warm> = {};
  for (const clients of CLIENTS) results[`clients${clients}`] = await measure(clients);
  return results;
}

const binary = (await buildFunctions()).echo!;
const floor = await measureFloor(binary);
const program = await measureProgram(binary);
const shareOfFloor = rounded(program.warm.clients16!.perSecond / floor.clients16!.perSecond);
console.log(JSON.stringify({ bench: "invoke", ...program, floor, shareOfFloor, load: loadavg().map(rounded) }));
