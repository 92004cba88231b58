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
import { CreateFunctionCommand, InvokeCommand, LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { ZipFile } from "yazl";
import { buildFunctions } from "../scripts/build-functions.ts";
import { cpuUsOfTree } from "./process-tree-cpu.ts";

const here = dirname(fileURLToPath(import.meta.url));
const ECHO_INVOKES = Number(process.env.BENCH_INVOKES ?? 20_000);
const EXAMPLE_INVOKES = ECHO_INVOKES / 4;
const COLD_INVOKES = 15;
const CLIENTS = [1, 16];
const ECHO_EVENT = '{"orderId":"A-17","items":[1,2,3]}';

interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

type Warm = Load & { readonly cpuUs: number; readonly platformCpuUs: number };

/** One function under measurement: how it is made, and what is sent to it. */
interface Subject {
  readonly name: string;
  readonly runtime: "provided.al2023" | "nodejs20.x" | "python3.11";
  readonly handler: string;
  readonly file: string;
  readonly nameInZip: string;
  readonly event: string;
  readonly invokes: number;
}

interface Target {
  readonly server: Server;
  readonly path: string;
  readonly event: string;
  readonly invokes: number;
}

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

async function load({ server, path, event }: Target, clients: number, count: number): Promise<Load> {
  const argv = [join(here, "invoke-load.ts"), String(server.port), path, String(clients), String(count), event];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (bytes) => {
    text += bytes;
  });
  await once(child, "close");
  return JSON.parse(text) as Load;
}

/** `cpuUs` is per invocation, of the server with all that it started; `platformCpuUs` of the server's own process alone. */
async function warm(target: Target, clients: number): Promise<Warm> {
  await load(target, clients, target.invokes / 10);
  const before = cpuUsOfTree(target.server.process.pid!);
  const measured = await load(target, clients, target.invokes);
  const after = cpuUsOfTree(target.server.process.pid!);
  return {
    ...measured,
    cpuUs: Math.round((after.tree - before.tree) / target.invokes),
    platformCpuUs: Math.round((after.root - before.root) / target.invokes),
  };
}

/** Every update of the configuration ends the environments, so that the next invocation has a cold start. */
async function cold(client: LambdaClient, subject: Subject): Promise<{ readonly p50Ms: number; readonly maxMs: number }> {
  const times: number[] = [];
  for (let n = 0; n < COLD_INVOKES; n++) {
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: subject.name, Description: `${n}` }));
    await sleep(600); // ready stems are made in a quiet moment
    const startMs = performance.now();
    await client.send(new InvokeCommand({ FunctionName: subject.name, Payload: Buffer.from(subject.event) }));
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  return { p50Ms: rounded(times[COLD_INVOKES >> 1]!), maxMs: rounded(times.at(-1)!) };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

async function zipOf({ file, nameInZip }: Subject): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addFile(file, nameInZip, { mode: 0o100755 });
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function deploy(client: LambdaClient, subject: Subject): Promise<void> {
  await client.send(
    new CreateFunctionCommand({
      FunctionName: subject.name,
      Runtime: subject.runtime,
      Handler: subject.handler,
      Role: "arn:aws:iam::000000000000:role/bench",
      Code: { ZipFile: await zipOf(subject) },
      MemorySize: 1769,
    }),
  );
}

async function measureFunction(server: Server, client: LambdaClient, subject: Subject) {
  await deploy(client, subject);
  const coldTimes = await cold(client, subject);
  const { event, invokes } = subject;
  const path = `/2015-03-31/functions/${subject.name}/invocations`;
  return { cold: coldTimes, warm: await eachCount((clients) => warm({ server, path, event, invokes }, clients)) };
}

async function measureProgram(subjects: readonly Subject[]) {
  const data = await mkdtemp(join(tmpdir(), "lambent-bench-"));
  const startedMs = performance.now();
  const server = await Server.start([join(here, "../src/main.ts"), "start", "--port", "0", "--data", data]);
  const startMs = Math.round(performance.now() - startedMs);
  const idleMb = server.memoryMb;
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new LambdaClient({ endpoint, region: "eu-west-1", credentials: { accessKeyId: "bench", secretAccessKey: "bench" } });
  try {
    const functions: Record<string, Awaited<ReturnType<typeof measureFunction>>> = {};
    for (const subject of subjects) functions[subject.name] = await measureFunction(server, client, subject);
    return { startMs, idleMb, functions, memoryAfterMb: server.memoryMb };
  } finally {
    client.destroy();
    await server.stop();
    await rm(data, { recursive: true, force: true });
  }
}

async function measureFloor(binary: string) {
  const server = await Server.start([join(here, "invoke-floor.ts"), binary, String(Math.max(...CLIENTS))]);
  try {
    return await eachCount((clients) => warm({ server, path: "/", event: ECHO_EVENT, invokes: ECHO_INVOKES }, clients));
  } finally {
    await server.stop();
  }
}

async function eachCount(measure: (clients: number) => Promise<Warm>): Promise<Record<string, Warm>> {
  const results: Record<string, Warm> = {};
  for (const clients of CLIENTS) results[`clients${clients}`] = await measure(clients);
  return results;
}

const binaries = await buildFunctions();
const examples = join(here, "../examples");
const order = JSON.stringify(JSON.parse(readFileSync(join(examples, "rust-hello/order.json"), "utf8")));
const rust = { runtime: "provided.al2023", handler: "bootstrap", nameInZip: "bootstrap" } as const;
const example = { event: order, invokes: EXAMPLE_INVOKES };
const subjects: readonly Subject[] = [
  { ...rust, name: "echo", file: binaries.echo!, event: ECHO_EVENT, invokes: ECHO_INVOKES },
  { ...rust, ...example, name: "rust-hello", file: binaries["rust-hello"]! },
  {
    ...example,
    name: "node-hello",
    runtime: "nodejs20.x",
    handler: "index.handler",
    file: join(examples, "node-hello/index.mjs"),
    nameInZip: "index.mjs",
  },
  {
    ...example,
    name: "python-hello",
    runtime: "python3.11",
    handler: "app.handler",
    file: join(examples, "python-hello/app.py"),
    nameInZip: "app.py",
  },
];
const floor = await measureFloor(binaries.echo!);
const program = await measureProgram(subjects);
const shareOfFloor = rounded(program.functions.echo!.warm.clients16!.perSecond / floor.clients16!.perSecond);
console.log(JSON.stringify({ bench: "invoke", ...program, floor, shareOfFloor, load: loadavg().map(rounded) }));
