// lambent build-stem: makes the launcher of sandboxes ready, so that the first start does not have to.

import { buildStem as build } from "../../sandbox/build-stem.ts";
import type { CliCommand } from "../command.ts";
import { Progress } from "../screen.ts";

export const buildStem: CliCommand = {
  shape() {},

  async run(invocation) {
    const { options, stdout } = invocation;
    const progress = new Progress(invocation);
    progress.show("Building the launcher with cargo …");
    const file = await build().finally(() => progress.clear());
    stdout.write(options.json ? `${JSON.stringify({ file })}\n` : `The launcher is ${file}.\n`);
    return 0;
  },
};
