// Another server in the same run, installed by our own scripts: cargo-lambda from the pinned Python environment, with the binary that the floor
// runs. It has neither isolation nor limits; it shows what a user of it is used to.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../scripts/command.ts";
import { pythonEnv } from "../scripts/python-env.ts";
import { eachCount, Server, type Warm } from "./server.ts";
import { invokePath, type Subject } from "./subjects.ts";

const PROCESSES = 16;
const WAIT_MS = 20_000;

export async function measurePeers(echo: Subject, invokes: number): Promise<Record<string, Record<string, Warm>>> {
  return { cargoLambdaWatch: await measureCargoLambda(echo, invokes) };
}

/** The functions are its children here, so that their CPU counts as the others' does. */
async function measureCargoLambda(echo: Subject, invokes: number): Promise<Record<string, Warm>> {
  const cargoLambda = (await pythonEnv()).bin("cargo-lambda");
  const port = await freePort();
  const runtimeApi = `http://127.0.0.1:${port}/.rt/${echo.name}`;
  const variables = {
    ...process.env,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    AWS_LAMBDA_FUNCTION_NAME: echo.name,
    AWS_LAMBDA_FUNCTION_VERSION: "1",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1769",
  };
  const watch = `"${cargoLambda}" lambda watch --only-lambda-apis --ignore-changes --invoke-port ${port}`;
  const functions = `for n in $(seq ${PROCESSES}); do "${echo.file}" & done`;
  const shell = spawn("sh", ["-c", `${watch} & sleep 2; ${functions}; wait`], {
    cwd: join(root, "examples/rust-hello"),
    env: variables,
    stdio: "ignore",
    detached: true,
  });
  try {
    const server = new Server(shell, port);
    const path = invokePath(echo.name);
    await untilAnswered(port, path, echo.event);
    return await eachCount({ server, path, event: echo.event, invokes });
  } finally {
    await endGroup(shell);
  }
}

async function untilAnswered(port: number, path: string, body: string): Promise<void> {
  const untilMs = performance.now() + WAIT_MS;
  while (performance.now() < untilMs) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body, signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error(`the peer on port ${port} did not answer within ${WAIT_MS} ms`);
}

async function endGroup(shell: ChildProcess): Promise<void> {
  const ended = once(shell, "exit");
  process.kill(-shell.pid!, "SIGKILL");
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
