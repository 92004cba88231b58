// A guest as a plain process against the small Runtime API server, for what only the guest decides: shapes of errors, styles of handlers, logs.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { dataFile } from "../../src/lib/sibling.ts";
import { type Answer, RuntimeApiServer } from "./runtime-api-server.ts";

export interface GuestOptions {
  /** nodejs22.x, python3.12: what AWS_EXECUTION_ENV says, whatever interpreter runs it. */
  readonly runtime: string;
  readonly files: Readonly<Record<string, string>>;
  readonly handler?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly early?: boolean;
}

export class Guest {
  readonly api: RuntimeApiServer;
  readonly directory: string;
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  #output = "";

  constructor(api: RuntimeApiServer, directory: string, child: ChildProcess) {
    this.api = api;
    this.directory = directory;
    this.#child = child;
    child.stdout!.on("data", (bytes) => (this.#output += bytes));
    child.stderr!.on("data", (bytes) => (this.#output += bytes));
    this.exited = once(child, "close").then(([code]) => code as number | null);
  }

  static async start({ runtime, files, handler = "index.handler", variables = {}, early = false }: GuestOptions): Promise<Guest> {
    const directory = await mkdtemp(join(tmpdir(), "lambent-guest-"));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    const api = new RuntimeApiServer();
    const environment = { ...(await variablesOf(api, runtime, directory, handler)), ...variables };
    const [program = "", ...parameters] = commandOf(runtime, early);
    const child = spawn(program, parameters, { cwd: directory, env: early ? {} : environment, stdio: "pipe" });
    if (early) child.stdin.end(`${JSON.stringify({ variables: environment, cwd: directory })}\n`);
    return new Guest(api, directory, child);
  }

  /** Hands it one event and waits for its answer. */
  async invoke(event: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    await this.api.send(JSON.stringify(event), headers);
    return this.api.answer();
  }

  /** JSON of the answer to one event. */
  async call(event: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
    return JSON.parse((await this.invoke(event, headers)).text);
  }

  /** All it wrote; complete once it was stopped. */
  get output(): string {
    return this.#output;
  }

  /** Ends it and resolves to all it wrote. */
  async stop(): Promise<string> {
    this.#child.kill("SIGKILL");
    await this.exited;
    await this.api.close();
    await rm(this.directory, { recursive: true, force: true });
    return this.#output;
  }
}

async function variablesOf(api: RuntimeApiServer, runtime: string, directory: string, handler: string): Promise<Record<string, string>> {
  return {
    AWS_LAMBDA_RUNTIME_API: await api.listen(),
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: "tested",
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/tested",
    AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/25/[$LATEST]0123",
    LAMBDA_TASK_ROOT: directory,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    TZ: ":UTC",
    _HANDLER: handler,
  };
}

/** Node.js is the one that runs the tests; Python the first of the system: the contract suite covers all of them. */
function commandOf(runtime: string, early: boolean): readonly string[] {
  const flag = early ? ["--early"] : [];
  if (runtime.startsWith("nodejs")) return [process.execPath, dataFile("guest/node/bootstrap.cjs"), ...flag];
  return ["python3", ...(early ? ["-I"] : []), dataFile("guest/python/bootstrap.py"), ...flag];
}
