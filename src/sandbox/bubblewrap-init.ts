// Runs INSIDE a sandbox of the bubblewrap driver, as its first process: opens the listeners there, starts the program, tells how it ended.
// Imports nothing of ours: only this file is shown inside. Orders and answers are messages of child_process.

import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";

export interface InitOrder {
  readonly listen?: readonly { readonly name: string; readonly host: string; readonly port: number }[];
  readonly start?: { readonly argv: readonly string[]; readonly variables: Readonly<Record<string, string>>; readonly cwd: string };
  readonly signal?: NodeJS.Signals;
  /** SIGKILL to everything inside but this process. */
  readonly clear?: true;
}

export interface InitAnswer {
  readonly listener?: string;
  readonly listening?: true;
  readonly started?: true;
  readonly cleared?: true;
  readonly ended?: { readonly code?: number; readonly signal?: string; readonly errno?: string };
}

let runtime: ChildProcess | undefined;

process.on("message", (order: InitOrder) => {
  if (order.listen !== undefined) void listenAll(order.listen);
  if (order.start !== undefined) start(order.start);
  if (order.signal !== undefined) runtime?.kill(order.signal);
  if (order.clear === true) clear();
});
process.on("disconnect", () => process.exit());

const answer = (message: InitAnswer) => process.send?.(message);

async function listenAll(listeners: NonNullable<InitOrder["listen"]>): Promise<void> {
  for (const { name, host, port } of listeners) await handOver(name, host, port);
  answer({ listening: true });
}

/** Closed here once it is sent: else this process would go on accepting connections that nobody answers. */
function handOver(name: string, host: string, port: number): Promise<void> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(port, host, () => {
      process.send?.({ listener: name } satisfies InitAnswer, server, {}, () => server.close(() => resolve()));
    });
  });
}

function start({ argv, variables, cwd }: NonNullable<InitOrder["start"]>): void {
  const [program = "", ...parameters] = argv;
  let child: ChildProcess;
  try {
    child = spawn(program, parameters, { cwd, env: variables, detached: true, stdio: ["ignore", "inherit", "inherit"] });
  } catch (error) {
    failed(error);
    return;
  }
  runtime = child;
  child.once("spawn", () => answer({ started: true }));
  child.once("error", failed);
  child.once("exit", (code, signal) => {
    if (runtime !== child) return; // cleared away for a restart
    answer({ ended: signal === null ? { code: code ?? 0 } : { signal } });
  });
}

function failed(error: unknown): void {
  answer({ ended: { errno: (error as NodeJS.ErrnoException).code ?? "EINVAL" } });
  answer({ started: true });
}

function clear(): void {
  const ending = runtime;
  runtime = undefined;
  const done = () => answer({ cleared: true });
  const hasEnded = ending === undefined || ending.exitCode !== null || ending.signalCode !== null || ending.pid === undefined;
  if (!hasEnded) ending.once("exit", done);
  try {
    process.kill(-1, "SIGKILL"); // all but this process and pid 1
  } catch {
    // nobody else is here
  }
  if (hasEnded) done();
}
