// lambent top: which functions run on a server, or what runs where in its cluster, once or again and again until it is stopped.

import { setTimeout as delay } from "node:timers/promises";
import type { NodeDescription } from "../../cluster/describe-node.ts";
import type { RunningVersion } from "../../gateway/running-route.ts";
import { addNodeOptions, readNodes } from "../cluster-nodes.ts";
import type { CliCommand, CommandInvocation } from "../command.ts";
import { askServer, placeOf } from "../operator-client.ts";
import { colorsFor, table } from "../screen.ts";

const EVERY_MS = 1_000;
const CLEAR = "\x1b[H\x1b[J";

export const top: CliCommand = {
  shape(command) {
    addNodeOptions(command);
    command.option("--cluster", "all nodes of the cluster in place of one server's functions");
    command.option("--once", "print once and end, as where the output is no terminal");
  },

  async run(invocation) {
    const { options, stdout } = invocation;
    const look = options.isOn("cluster")
      ? async () => shownNodes(await readNodes(invocation), invocation)
      : async () => shownFunctions(await readRunning(invocation), invocation);
    if (options.json || options.isOn("once") || stdout.isTTY !== true) {
      stdout.write(await look());
      return 0;
    }
    for (;;) {
      stdout.write(`${CLEAR}${await look()}`);
      await delay(EVERY_MS);
    }
  },
};

async function readRunning(invocation: CommandInvocation): Promise<readonly RunningVersion[]> {
  const answer = await askServer(await placeOf(invocation), "GET", "running");
  return (answer as { versions: readonly RunningVersion[] }).versions;
}

function shownFunctions(versions: readonly RunningVersion[], { options, environment, stdout }: CommandInvocation): string {
  if (options.json) return `${JSON.stringify(versions)}\n`;
  if (versions.length === 0) return "No function runs, and none is kept warm.\n";
  const { dim } = colorsFor(stdout, environment);
  const rows = versions.map(({ name, version, region, account, ...counts }) => [name, version, region, account, ...countsOf(counts)]);
  const sum = (of: (version: RunningVersion) => number) => versions.reduce((total, version) => total + of(version), 0);
  const totals = {
    running: sum(({ running }) => running),
    idle: sum(({ idle }) => idle),
    provisioned: sum(({ provisioned }) => provisioned),
  };
  const heading = ["FUNCTION", "VERSION", "REGION", "ACCOUNT", "RUNNING", "IDLE", "PROVISIONED"];
  return table(heading.map(dim), [...rows, ["all", "", "", "", ...countsOf(totals)]], { right: [4, 5, 6] });
}

function countsOf({ running, idle, provisioned }: Pick<RunningVersion, "running" | "idle" | "provisioned">): readonly string[] {
  return [running, idle, provisioned].map(String);
}

function shownNodes(nodes: readonly NodeDescription[], { options, environment, stdout }: CommandInvocation): string {
  if (options.json) return `${JSON.stringify(nodes)}\n`;
  const { dim } = colorsFor(stdout, environment);
  const sum = (of: (node: NodeDescription) => number) => String(nodes.reduce((total, node) => total + of(node), 0));
  const rows = nodes.map((node) => [node.id, node.state, ...[node.running, node.idle, node.room].map(String)]);
  const all = ["all", "", sum(({ running }) => running), sum(({ idle }) => idle), sum(({ room }) => room)];
  return table(["NODE", "STATE", "RUNNING", "IDLE", "ROOM"].map(dim), [...rows, all], { right: [2, 3, 4] });
}
