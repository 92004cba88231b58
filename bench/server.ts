// The processes of a bench: servers, and the load on them. Each is a process of its own, so that none measures another's work as its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { cpuUsOfTree } from "./process-tree-cpu.ts";

const here = dirname(fileURLToPath(import.meta.url));
/** As `npm start` has it: scripts/run.mjs. */
const compileCache = join(here, "../.cache/compile");

export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** `cpuUs` is per invocation, of the server with all that it started; `platformCpuUs` of the server's own process alone. */
export type Warm = Load & { readonly cpuUs: number; readonly platformCpuUs: number };

export interface Target {
  readonly server: Server;
  readonly path: string;
  readonly event: string;
  readonly invokes: number;
}

export class Server {
  readonly process: ChildProcess;
  readonly port: number;

  /** `argv` of Node; ready when it names its address on standard output. */
  static async start(argv: readonly string[]): Promise<Server> {
    const child = spawn(process.execPath, [...process.execArgv, ...argv], {
      stdio: ["ignore", "pipe", "ignore"],
      env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
    });
    const port = await new Promise<number>((resolve, reject) => {
      createInterface({ input: child.stdout! }).on("line", (line) => {
        const found = /127\.0\.0\.1:(\d+)/.exec(line)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
      child.once("exit", () => reject(new Error(`${argv.join(" ")} ended before it listened`)));
    });
    return new Server(child, port);
  }

  constructor(child: ChildProcess, port: number) {
    this.process = child;
    this.port = port;
  }

  /** A body that is read whole has been answered whole. */
  async get(path: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    get({ host: "127.0.0.1", port: this.port, path, agent: false }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    }).on("error", reject);
    return promise;
  }

  client(): LambdaClient {
    const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
    return new LambdaClient({ endpoint: `http://127.0.0.1:${this.port}`, region: "eu-west-1", credentials });
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

export async function load({ server, path, event }: Target, clients: number, count: number): Promise<Load> {
  const argv = [join(here, "invoke-load.ts"), String(server.port), path, String(clients), String(count), event];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (bytes) => {
    text += bytes;
  });
  await once(child, "close");
  return JSON.parse(text) as Load;
}

export async function warm(target: Target, clients: number): Promise<Warm> {
  await load(target, clients, target.invokes / 2); // V8 compiles what is hot: the first 10,000 cost half as much again
  const before = cpuUsOfTree(target.server.process.pid!);
  const measured = await load(target, clients, target.invokes);
  const after = cpuUsOfTree(target.server.process.pid!);
  return {
    ...measured,
    cpuUs: Math.round((after.tree - before.tree) / target.invokes),
    platformCpuUs: Math.round((after.root - before.root) / target.invokes),
  };
}

export const CLIENTS = [1, 16];

export async function eachCount(target: Target): Promise<Record<string, Warm>> {
  const results: Record<string, Warm> = {};
  for (const clients of CLIENTS) results[`clients${clients}`] = await warm(target, clients);
  return results;
}

export function median(values: readonly number[]): number {
  return rounded([...values].sort((a, b) => a - b)[values.length >> 1]!);
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** What the machine had to do besides: one, five, fifteen minutes. */
export const machineLoad = () => loadavg().map(rounded);
