// lambent start: runs the server until it is told to stop. The first signal drains, the second ends at once.

import { type Config, readConfig } from "../../config.ts";
import { PlatformError } from "../../lib/errors.ts";
import { consoleOperator, type Operator } from "../../operator.ts";
import { startPlatform } from "../../platform.ts";
import { banner } from "../banner.ts";
import type { CliCommand, CommandInvocation } from "../command.ts";
import { enterScope } from "../delegation.ts";
import { ensureOpenFiles } from "../open-files.ts";
import { portHolder } from "../port-holder.ts";
import { addSettings, settingValues } from "../settings-options.ts";
import { packageVersion } from "../version.ts";

const STOP_SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** One Ctrl-C arrives several times where npm and run.mjs pass on what the terminal has sent to all of them. */
const SAME_KEYSTROKE_MS = 500;

type Running = Awaited<ReturnType<typeof startPlatform>>;

export const start: CliCommand = {
  shape(command) {
    addSettings(command);
  },

  async run(invocation) {
    const { options, environment, workingDirectory, stdout, stderr } = invocation;
    const config = readConfig(settingValues(options), environment, workingDirectory);
    await enterScope(config.sandbox, environment);
    await ensureOpenFiles(config);
    const operator = consoleOperator(
      packageVersion(),
      (text) => stderr.write(text),
      () => process.exit(1),
    );
    const running = await startOrExplain(config, operator);
    const stopped = untilStopped(running, invocation);
    const facts = {
      endpoint: running.endpoint,
      version: packageVersion(),
      dataDirectory: config.dataDirectory,
      ...(config.storeUrl !== undefined && { store: withoutLogin(config.storeUrl) }),
      auth: config.auth,
      notes: running.notes,
    };
    stdout.write(options.json ? `${JSON.stringify({ ...facts, pid: process.pid })}\n` : banner(facts, invocation));
    await stopped;
    return 0;
  },
};

function withoutLogin(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

async function startOrExplain(config: Config, operator: Operator): Promise<Running> {
  try {
    return await startPlatform(config, operator);
  } catch (error) {
    const port = portInUse(error);
    if (port === undefined) throw error;
    throw await portTaken(port, config, error);
  }
}

/** Callers' or other nodes'; undefined when the error is another one. */
function portInUse(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  return code === "EADDRINUSE" ? port : portInUse(error.cause);
}

async function portTaken(port: number, { port: callers, cluster }: Config, cause: unknown): Promise<PlatformError> {
  const holder = await portHolder(port);
  const by = holder ? `process ${holder.pid} (${holder.command})` : "another process";
  const option = port === callers ? "--port 0" : `--cluster-listen ${cluster.listen.host}:0`;
  return new PlatformError("port-taken", `Port ${port} is taken by ${by}. Stop it, or start with ${option} for a free port.`, { cause });
}

/** Resolves when everything has been closed; rejects when closing failed. */
function untilStopped(running: Running, { stderr }: CommandInvocation): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let stoppingSinceMs: number | undefined;
  const onSignal = () => {
    if (stoppingSinceMs !== undefined && Date.now() - stoppingSinceMs < SAME_KEYSTROKE_MS) return;
    if (stoppingSinceMs !== undefined) process.exit(1);
    stoppingSinceMs = Date.now();
    stderr.write("Stopping: running invocations may end. Once more to stop at once.\n");
    running.close().then(resolve, reject);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  return promise.finally(() => {
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
  });
}
