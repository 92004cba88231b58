// lambent top: what runs where, once or again and again until it is stopped.

import { setTimeout as delay } from "node:timers/promises";
import type { NodeDescription } from "../../cluster/describe-node.ts";
import { addNodeOptions, readNodes } from "../cluster-nodes.ts";
import { type CliCommand, type CommandInvocation, UsageError } from "../command.ts";
import { colorsFor, table } from "../screen.ts";

const EVERY_MS = 1_000;
const CLEAR = "\x1b[H\x1b[J";

export const top: CliCommand = {
  shape(command) {
    addNodeOptions(command);
    command.option("--cluster", "all nodes of the cluster");
    command.option("--once", "print once and end, as where the output is no terminal");
  },

  async run(invocation) {
    const { options, stdout } = invocation;
    if (!options.isOn("cluster")) throw new UsageError("Say what to look at: lambent top --cluster.");
    if (options.json || options.isOn("once") || stdout.isTTY !== true) {
      stdout.write(shown(await readNodes(invocation), invocation));
      return 0;
    }
    for (;;) {
      stdout.write(`${CLEAR}${shown(await readNodes(invocation), invocation)}`);
      await delay(EVERY_MS);
    }
  },
};

function shown(nodes: readonly NodeDescription[], { options, environment, stdout }: CommandInvocation): string {
  if (options.json) return `${JSON.stringify(nodes)}\n`;
  const { dim } = colorsFor(stdout, environment);
  const sum = (of: (node: NodeDescription) => number) => String(nodes.reduce((total, node) => total + of(node), 0));
  const rows = nodes.map((node) => [node.id, node.state, ...[node.running, node.idle, node.room].map(String)]);
  const all = ["all", "", sum(({ running }) => running), sum(({ idle }) => idle), sum(({ room }) => room)];
  return table(["NODE", "STATE", "RUNNING", "IDLE", "ROOM"].map(dim), [...rows, all], { right: [2, 3, 4] });
}
