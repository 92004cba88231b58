// lambent list: the functions of this account and region.

import { AwsClient, type Described } from "../aws-client.ts";
import { addConnectionOptions, type CliCommand } from "../command.ts";
import { connectionOf } from "../connection.ts";
import { colorsFor, sizeText, table } from "../screen.ts";

export const list: CliCommand = {
  shape: addConnectionOptions,

  async run({ options, environment, stdout, stderr }) {
    const functions = await new AwsClient(connectionOf(options, environment)).listFunctions();
    if (options.json) {
      stdout.write(`${JSON.stringify(functions)}\n`);
    } else if (functions.length === 0) {
      stderr.write("There is no function yet. `lambent new --rust hello` makes one, `lambent deploy hello` deploys it.\n");
    } else {
      const { dim } = colorsFor(stdout, environment);
      const heading = ["NAME", "RUNTIME", "MEMORY", "TIMEOUT", "CODE", "MODIFIED"].map(dim);
      stdout.write(table(heading, functions.map(row), { right: [2, 3, 4] }));
    }
    return 0;
  },
};

function row(one: Described): readonly string[] {
  return [
    one.FunctionName ?? "",
    one.Runtime ?? one.PackageType ?? "",
    `${one.MemorySize ?? "?"} MB`,
    `${one.Timeout ?? "?"} s`,
    sizeText(one.CodeSize ?? 0),
    (one.LastModified ?? "").slice(0, 19).replace("T", " "),
  ];
}
