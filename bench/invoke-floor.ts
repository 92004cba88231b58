// The floor of bench/invoke.ts: what any Node program pays that hands HTTP requests to a Rust function. Bare node:http on both sides, the same
// binary as plain processes; no names, no limits, no isolation, no logs. argv: binary, number of processes.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const [binary, processes] = process.argv.slice(2) as [string, string];

interface Call {
  readonly payload: Buffer;
  readonly response: ServerResponse;
}

const parked: ServerResponse[] = [];
const waiting: Call[] = [];
const running = new Map<string, ServerResponse>();
let lastId = 0;

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function handOver(call: Call, next: ServerResponse): void {
  const id = `8f5c1d2e-0000-4000-8000-${String(++lastId).padStart(12, "0")}`;
  running.set(id, call.response);
  next.writeHead(200, {
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": id,
    "Lambda-Runtime-Deadline-Ms": Date.now() + 3000,
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:000000000000:function:echo",
    "Content-Length": call.payload.length,
  });
  next.end(call.payload);
}

const front = createServer(async (request, response) => {
  const call = { payload: await bodyOf(request), response };
  const next = parked.pop();
  if (next === undefined) waiting.push(call);
  else handOver(call, next);
});

const runtimeApi = createServer(async (request, response) => {
  if (request.url?.endsWith("/next")) {
    const call = waiting.shift();
    if (call === undefined) parked.push(response);
    else handOver(call, response);
    return;
  }
  const id = request.url!.split("/").at(-2)!;
  const payload = await bodyOf(request);
  response.writeHead(202, { "Content-Length": 16 }).end('{"status":"OK"}\n');
  running.get(id)?.writeHead(200, { "Content-Type": "application/json", "Content-Length": payload.length }).end(payload);
  running.delete(id);
});
runtimeApi.keepAliveTimeout = runtimeApi.requestTimeout = runtimeApi.headersTimeout = runtimeApi.timeout = 0;

runtimeApi.listen(0, "127.0.0.1");
front.listen(0, "127.0.0.1");
await Promise.all([once(runtimeApi, "listening"), once(front, "listening")]);
const AWS_LAMBDA_RUNTIME_API = `127.0.0.1:${(runtimeApi.address() as AddressInfo).port}`;
const variables = {
  AWS_LAMBDA_RUNTIME_API,
  AWS_LAMBDA_FUNCTION_NAME: "echo",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1769",
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
};
const children = Array.from({ length: Number(processes) }, () => spawn(binary, { stdio: "ignore", env: variables }));
process.once("SIGTERM", () => {
  for (const child of children) child.kill("SIGKILL");
  process.exit(0);
});
while (parked.length < children.length) await new Promise((resolve) => setTimeout(resolve, 5));
console.log(`127.0.0.1:${(front.address() as AddressInfo).port}`);
