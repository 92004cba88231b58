// lambent deploy: from a folder, zip or cargo project to functions that can be invoked.

import { AwsClient } from "../aws-client.ts";
import {
  addConnectionOptions,
  type CliCommand,
  type CommandInvocation,
  collect,
  type Options,
  UsageError,
  wholeNumber,
} from "../command.ts";
import { connectionOf } from "../connection.ts";
import type { FunctionPackage } from "../project/function-package.ts";
import { addPackageOptions, packagesAt } from "../project/packages.ts";
import { colorsFor, Progress, sizeText } from "../screen.ts";
import { type Deployed, upsert, type Wishes } from "../upsert.ts";

export const deploy: CliCommand = {
  shape(command) {
    addPackageOptions(command);
    command.option("-n, --name <NAME>", "the function's name (default: that of the binary, folder or zip)");
    command.option("-m, --memory <MB>", "memory in MB", wholeNumber);
    command.option("-t, --timeout <SECONDS>", "longest run in seconds", wholeNumber);
    command.option("-e, --env <NAME=VALUE>", "add or change an environment variable; may be repeated", collect);
    command.option("--role <ARN>", "execution role");
    addConnectionOptions(command);
  },

  async run(invocation) {
    const { options, environment, stdout } = invocation;
    const wishes = wishesOf(options);
    const client = new AwsClient(connectionOf(options, environment));
    await client.health(); // before a build of minutes, not after
    const packages = named(await packagesAt(invocation), options.text("name"));
    const progress = new Progress(invocation);
    const deployed: Deployed[] = [];
    for (const one of packages) {
      progress.show(`Deploying ${one.name} (${sizeText(one.zip.length)}) …`);
      deployed.push(await upsert(client, one, wishes).finally(() => progress.clear()));
      if (!options.json) stdout.write(told(deployed.at(-1)!, one, invocation));
    }
    if (options.json) stdout.write(`${JSON.stringify(deployed)}\n`);
    else stdout.write(advice(packages, invocation));
    return 0;
  },
};

function wishesOf(options: Options): Wishes {
  return {
    memoryMb: options.number("memory"),
    timeoutS: options.number("timeout"),
    role: options.text("role"),
    variables: Object.fromEntries(options.list("env").map(variable)),
  };
}

function variable(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`--env takes NAME=VALUE, not '${text}'.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function named(packages: readonly FunctionPackage[], name: string | undefined): readonly FunctionPackage[] {
  if (name === undefined) return packages;
  if (packages.length === 1) return [{ ...packages[0]!, name }];
  throw new UsageError(
    `--name is for one function, and this project has ${packages.length}. Choose one by --bin: ${packages.map((one) => one.name).join(", ")}.`,
  );
}

function told({ action, configuration }: Deployed, what: FunctionPackage, { environment, stdout }: CommandInvocation): string {
  const { bold, dim, green } = colorsFor(stdout, environment);
  const facts = [
    what.runtime,
    configuration.Architectures?.[0],
    `${configuration.MemorySize} MB`,
    `${configuration.Timeout} s`,
    sizeText(what.zip.length),
  ];
  const sentence = { created: "Created", updated: "Updated", unchanged: "Unchanged:" }[action];
  return `${green("✓")} ${sentence} ${bold(configuration.FunctionName ?? what.name)} ${dim(facts.join(", "))}\n`;
}

function advice(packages: readonly FunctionPackage[], { environment, stdout }: CommandInvocation): string {
  const { dim } = colorsFor(stdout, environment);
  const name = packages[0]?.name ?? "NAME";
  return dim(`  Invoke it: lambent invoke ${name} --payload '{"name":"you"}'\n  Its log:   lambent logs ${name} --follow\n`);
}
