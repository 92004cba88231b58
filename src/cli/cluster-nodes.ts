// The nodes of a cluster as one of them tells: for `lambent nodes` and `lambent top`.

import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { NodeDescription } from "../cluster/describe-node.ts";
import { operatorTokenFile } from "../gateway/operator-guard.ts";
import { addConnectionOptions, type CommandInvocation } from "./command.ts";
import { connectionOf } from "./connection.ts";
import { CommandFailure } from "./failure.ts";
import { exchange } from "./http.ts";

const SILENCE_MS = 10_000;

export function addNodeOptions(command: Command): void {
  addConnectionOptions(command);
  command.option("--data <DIR>", "the answering node's data directory, where it runs with --auth enforce");
}

/** Throws CommandFailure when the server is alone, or does not let us ask. */
export async function readNodes({ options, environment, workingDirectory }: CommandInvocation): Promise<readonly NodeDescription[]> {
  const { endpoint } = connectionOf(options, environment);
  const data = options.text("data");
  const headers = data === undefined ? {} : await tokenIn(resolve(workingDirectory, data));
  const { status, body } = await exchange({ method: "GET", url: `${endpoint}/_lambent/nodes`, headers, timeoutMs: SILENCE_MS });
  if (status === 404) throw new CommandFailure(`The lambent at ${endpoint} is alone: nodes share a --store postgres://….`);
  if (status === 403) throw new CommandFailure(`Only who can read the server's data directory may ask: --data DIR.`);
  if (status !== 200) throw new CommandFailure(`${endpoint} answered with HTTP ${status}.`);
  return (JSON.parse(body.toString()) as { nodes: readonly NodeDescription[] }).nodes;
}

async function tokenIn(dataDirectory: string): Promise<Record<string, string>> {
  const file = operatorTokenFile(join(dataDirectory, "run"));
  const token = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new CommandFailure(`${file} cannot be read: ${(cause as Error).message}.`);
  });
  return { authorization: `Bearer ${token}` };
}
