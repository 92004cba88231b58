// Runs a program for our scripts and says, in one sentence, what went wrong if it did.

import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to our own variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** True: output goes straight to our own; nothing is collected. */
  readonly show?: boolean;
}

export interface CommandResult {
  readonly code: number;
  /** stdout and stderr in the order they came. */
  readonly output: string;
}

/** Resolves with the exit code, 127 when there is no such program; never rejects for a failing program. */
export function tryCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = "", ...rest] = argv;
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const child = spawn(program, rest, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: options.show ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.on("error", (error) => resolve({ code: 127, output: `${program}: ${error.message}\n` }));
  child.on("close", (code, signal) =>
    resolve({ code: code ?? 1, output: signal ? `${output}${program} was ended by ${signal}\n` : output }),
  );
  return promise;
}

/** Its output; throws with the output in the message when it fails. */
export async function command(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, output } = await tryCommand(argv, options);
  if (code !== 0) throw new Error(`\`${argv.join(" ")}\` ended with ${code}:\n${output.trim().split("\n").slice(-20).join("\n")}`);
  return output;
}
