// lambent nodes: who is in the cluster.

import type { NodeDescription } from "../../cluster/describe-node.ts";
import { addNodeOptions, readNodes } from "../cluster-nodes.ts";
import type { CliCommand } from "../command.ts";
import { colorsFor, table } from "../screen.ts";

export const nodes: CliCommand = {
  shape: addNodeOptions,

  async run(invocation) {
    const { options, environment, stdout } = invocation;
    const all = await readNodes(invocation);
    if (options.json) stdout.write(`${JSON.stringify(all)}\n`);
    else {
      const { dim } = colorsFor(stdout, environment);
      stdout.write(table(["NODE", "STATE", "ROLES", "ADDRESS", "ENDPOINT", "VERSION", "SINCE"].map(dim), all.map(row)));
    }
    return 0;
  },
};

function row(node: NodeDescription): readonly string[] {
  const since = new Date(node.startedMs).toISOString().slice(0, 19).replace("T", " ");
  return [node.isThis ? `${node.id} *` : node.id, node.state, node.roles.join(","), node.address, node.endpoint, node.version, since];
}
