// lambent delete: a function with all its versions and aliases.

import { AwsClient } from "../aws-client.ts";
import { addConnectionOptions, type CliCommand } from "../command.ts";
import { connectionOf } from "../connection.ts";

export const deleteFunction: CliCommand = {
  shape(command) {
    command.argument("<NAME>", "name or ARN of the function");
    command.option("--qualifier <VERSION>", "delete this version only");
    addConnectionOptions(command);
  },

  async run({ args: [name = ""], options, environment, stdout }) {
    const qualifier = options.text("qualifier");
    await new AwsClient(connectionOf(options, environment)).deleteFunction(name, qualifier);
    const what = qualifier === undefined ? name : `${name}:${qualifier}`;
    stdout.write(options.json ? `${JSON.stringify({ deleted: what })}\n` : `Deleted ${what}.\n`);
    return 0;
  },
};
