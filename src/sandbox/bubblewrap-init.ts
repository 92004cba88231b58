// Runs INSIDE a sandbox of the bubblewrap driver, as its first process: opens the listeners there, starts the program, tells how it ended.
// Imports nothing of ours: only this file is shown inside. Orders and answers are messages of child_process.

import { type ChildProcess, spawn } from "node:child_process";
import { connect, createServer } from "node:net";

interface Program {
  /** Of a companion; absent for the runtime. */
  readonly name?: string;
  readonly argv: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface InitOrder {
  readonly listen?: readonly { readonly name: string; readonly host: string; readonly port: number }[];
  readonly start?: Program;
  readonly signal?: NodeJS.Signals;
  /** SIGKILL to everything inside but this process. */
  readonly clear?: true;
  /** A connection to 127.0.0.1, answered with its socket beside the number of the call. */
  readonly connect?: { readonly port: number; readonly call: number };
}

export interface InitAnswer {
  readonly listener?: string;
  readonly listening?: true;
  readonly started?: true;
  readonly cleared?: true;
  readonly connected?: number;
  readonly ended?: { readonly code?: number; readonly signal?: string; readonly errno?: string };
  /** Of the companion that ended. */
  readonly name?: string | undefined;
}

/** Where companions print; the runtime prints where this process does. */
const COMPANION_OUTPUT_FD = 5;

const running = new Set<ChildProcess>();
let runtime: ChildProcess | undefined;

process.on("message", (order: InitOrder) => {
  if (order.listen !== undefined) void listenAll(order.listen);
  if (order.start !== undefined) start(order.start);
  if (order.signal !== undefined) runtime?.kill(order.signal);
  if (order.clear === true) void clear();
  if (order.connect !== undefined) open(order.connect);
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

function open({ port, call }: NonNullable<InitOrder["connect"]>): void {
  const socket = connect({ host: "127.0.0.1", port });
  socket.once("connect", () => process.send?.({ connected: call } satisfies InitAnswer, socket));
  socket.once("error", () => answer({ connected: call }));
}

function start({ name, argv, variables, cwd }: Program): void {
  const [program = "", ...parameters] = argv;
  const output = name === undefined ? "inherit" : COMPANION_OUTPUT_FD;
  let child: ChildProcess;
  try {
    child = spawn(program, parameters, { cwd, env: variables, detached: true, stdio: ["ignore", output, output] });
  } catch (error) {
    failed(name, error);
    return;
  }
  running.add(child);
  if (name === undefined) runtime = child;
  child.once("spawn", () => answer({ started: true }));
  child.once("error", (error) => failed(name, error));
  child.once("exit", (code, signal) => {
    if (!running.delete(child)) return; // cleared away for a restart
    answer({ ended: signal === null ? { code: code ?? 0 } : { signal }, name });
  });
}

function failed(name: string | undefined, error: unknown): void {
  answer({ ended: { errno: (error as NodeJS.ErrnoException).code ?? "EINVAL" }, name });
  answer({ started: true });
}

async function clear(): Promise<void> {
  const ending = [...running].filter((child) => child.exitCode === null && child.signalCode === null && child.pid !== undefined);
  running.clear();
  runtime = undefined;
  const ends = ending.map((child) => new Promise((resolve) => child.once("exit", resolve)));
  try {
    process.kill(-1, "SIGKILL"); // all but this process and pid 1
  } catch {
    // nobody else is here
  }
  await Promise.all(ends);
  answer({ cleared: true });
}
