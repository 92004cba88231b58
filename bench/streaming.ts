// Streamed answers: how soon the first byte is there, how fast large ones come, and what many of them leave in memory. Over function URLs of the
// built program, a Rust function that writes as fast as it can. Prints one JSON line.
// Usage: node scripts/run.mjs bench/streaming.ts

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  InvokeWithResponseStreamCommand,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import { buildFunctions } from "../scripts/build-functions.ts";
import { command, root } from "../scripts/command.ts";
import { machineLoad, median, rounded, Server } from "./server.ts";
import { deploy } from "./subjects.ts";

const MIB = 1024 * 1024;
const FIRST_BYTES = 500;
const LARGE = { count: 5, mib: 150 };
const MANY = { count: 2_000, clients: 16 };

const program = join(root, "dist/main.js");
if (!existsSync(program)) await command([process.execPath, join(root, "scripts/build.ts")]);
const { "http-stream": httpStream, "streaming-response": streamingResponse } = await buildFunctions("release");
const data = await mkdtemp(join(tmpdir(), "lambent-streaming-"));
const server = await Server.start([program, "start", "--port", "0", "--data", data]);
const agent = new Agent({ keepAlive: true });
try {
  await server.get("/_lambent/health");
  const client = server.client();
  const small = await urlOf(client, "small", httpStream!);
  await urlOf(client, "large", streamingResponse!);
  const firstMs = await firstBytes(small);
  const mbPerSecond = await largeAnswers();
  await many(small); // V8 reaches its size in it
  const beforeMb = server.memoryMb;
  await many(small);
  const grownMb = server.memoryMb - beforeMb;
  client.destroy();
  console.log(
    JSON.stringify({ bench: "streaming", firstByteMs: median(firstMs), mbPerSecond, many: MANY.count, grownMb, load: machineLoad() }),
  );
} finally {
  agent.destroy();
  await server.stop();
  await rm(data, { recursive: true, force: true });
}

async function urlOf(client: LambdaClient, name: string, file: string): Promise<string> {
  await deploy(client, { name, file, nameInZip: "bootstrap", runtime: "provided.al2023", handler: "bootstrap", event: "{}" });
  const everybody = { FunctionName: name, Principal: "*" };
  const url = { Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" } as const;
  await client.send(new AddPermissionCommand({ ...everybody, ...url, StatementId: "url" }));
  await client.send(
    new AddPermissionCommand({ ...everybody, Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true, StatementId: "call" }),
  );
  const config = { FunctionName: name, AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" } as const;
  return (await client.send(new CreateFunctionUrlConfigCommand(config))).FunctionUrl!;
}

/** Milliseconds until the first byte of the body. */
async function firstBytes(url: string): Promise<number[]> {
  const took: number[] = [];
  for (let at = 0; at < FIRST_BYTES; at++) {
    const startedMs = performance.now();
    const response = await opened(url);
    for await (const _ of response) took[at] ??= performance.now() - startedMs;
  }
  return took;
}

/** By InvokeWithResponseStream: what the URL's event would hold besides is not what is measured. */
async function largeAnswers(): Promise<number> {
  const client = server.client();
  const speeds: number[] = [];
  for (let at = 0; at < LARGE.count; at++) {
    const startedMs = performance.now();
    const Payload = Buffer.from(JSON.stringify({ chunks: LARGE.mib, bytes: MIB }));
    const { EventStream } = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "large", Payload }));
    for await (const _ of EventStream!);
    speeds.push(LARGE.mib / ((performance.now() - startedMs) / 1_000));
  }
  client.destroy();
  return rounded(median(speeds));
}

async function many(url: string): Promise<void> {
  let left = MANY.count;
  const work = async () => {
    while (left-- > 0) for await (const _ of await opened(url));
  };
  await Promise.all(Array.from({ length: MANY.clients }, work));
}

function opened(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, { agent }, resolve).on("error", reject));
}
