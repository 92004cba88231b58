// How fast SQS's API takes messages durably and gives them out, empty and before a backlog, against a floor in the same run, and against
// ElasticMQ with --peers, where Java and Maven are. Prints one line of JSON.
// Usage: node scripts/run.mjs bench/queue.ts [--messages 20000] [--backlog 100000] [--peers]

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startLambent } from "../scripts/lambent-process.ts";
import { startElasticMq } from "./elasticmq.ts";
import { Server } from "./server.ts";

const here = dirname(fileURLToPath(import.meta.url));
const CONNECTIONS = 64;
const WARM_UP = 60_000;
const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "20000" },
    backlog: { type: "string", default: "100000" },
    peers: { type: "boolean", default: false },
  },
});
const messages = Number(values.messages);
const backlog = Number(values.backlog);

interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function load(port: number, what: "send" | "batch" | "drain", url: string, count: number): Promise<Load> {
  const argv = [join(here, "queue-load.ts"), String(port), what, url, String(CONNECTIONS), String(count)];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (bytes) => (text += bytes));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the load ended with ${code}`);
  return JSON.parse(text) as Load;
}

interface Rates {
  readonly send: Load;
  readonly batch: Load;
  readonly drain: Load;
}

/** As many go out as come in, so a backlog stays what it is. */
async function rates(port: number, url: string): Promise<Rates> {
  const send = await load(port, "send", url, messages);
  const batch = await load(port, "batch", url, messages * 2);
  const drain = await load(port, "drain", url, messages * 3);
  return { send, batch, drain };
}

async function queueAt(port: number): Promise<string> {
  const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
  const client = new SQSClient({ endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", credentials, maxAttempts: 10 });
  const { QueueUrl = "" } = await client.send(new CreateQueueCommand({ QueueName: "bench", Attributes: { VisibilityTimeout: "600" } }));
  client.destroy();
  return QueueUrl;
}

/** Its own: pages of the mapped database are the kernel's to take back. */
function memoryMb(pid: number): number {
  return Math.round(Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024);
}

async function measureLambent(directory: string) {
  const server = await startLambent({ args: ["--sandbox", "process", "--data", join(directory, "data")] });
  try {
    const port = Number(new URL(server.endpoint).port);
    const url = await queueAt(port);
    // V8 compiles what is hot, and SQLite fills its page cache of 64 MiB.
    for (const what of ["batch", "drain", "batch", "drain"] as const) await load(port, what, url, WARM_UP);
    await load(port, "send", url, messages / 2);
    await load(port, "drain", url, messages / 2);
    const empty = await rates(port, url);
    const emptyMb = memoryMb(server.pid);
    await load(port, "batch", url, backlog);
    const deep = await rates(port, url);
    return { empty, deep, backlog, memoryMb: { empty: emptyMb, deep: memoryMb(server.pid) } };
  } finally {
    await server.stop();
  }
}

async function measureFloor(directory: string): Promise<Load> {
  const server = await Server.start([join(here, "queue-floor.ts"), join(directory, "floor")]);
  try {
    await load(server.port, "send", "http://127.0.0.1/000000000000/bench", messages / 2);
    return await load(server.port, "send", "http://127.0.0.1/000000000000/bench", messages);
  } finally {
    await server.stop();
  }
}

async function measurePeer(): Promise<Rates | undefined> {
  const peer = startElasticMq();
  if (peer === undefined) return undefined;
  try {
    const url = await queueWhenUp(peer.port);
    await load(peer.port, "send", url, messages / 2);
    await load(peer.port, "drain", url, messages / 2);
    return await rates(peer.port, url);
  } finally {
    await peer.stop();
  }
}

async function queueWhenUp(port: number): Promise<string> {
  for (let attempt = 0; attempt < 60; attempt++) {
    const url = await queueAt(port).catch(() => undefined);
    if (url !== undefined) return url;
    await pause(500);
  }
  throw new Error("ElasticMQ did not come up");
}

const directory = mkdtempSync(join(tmpdir(), "lambent-bench-"));
try {
  const loadBefore = loadavg()[0];
  const floor = await measureFloor(directory);
  const lambent = await measureLambent(directory);
  const elasticmq = values.peers ? await measurePeer() : undefined;
  const ratios = {
    sendOfFloor: Math.round((lambent.empty.send.perSecond / floor.perSecond) * 100) / 100,
    deepOfEmpty: Math.round((lambent.deep.drain.perSecond / lambent.empty.drain.perSecond) * 100) / 100,
  };
  console.log(
    JSON.stringify({
      bench: "queue",
      connections: CONNECTIONS,
      bodyBytes: 1_024,
      floor,
      lambent,
      elasticmq,
      ratios,
      load: [loadBefore, loadavg()[0]],
    }),
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
