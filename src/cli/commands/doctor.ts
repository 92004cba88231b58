// lambent doctor: what works on this machine, what does not, and what to do about it. Exit code 1 when `lambent start` would not work.

import { type Config, type Environment, readConfig } from "../../config.ts";
import { buildStem } from "../../sandbox/build-stem.ts";
import type { CliCommand, CommandInvocation } from "../command.ts";
import { allowUserNamespaces, isUserNamespaceRestricted } from "../doctor/app-armor.ts";
import type { Finding } from "../doctor/finding.ts";
import { cargoFinding, dataFinding, nodeFinding, openFilesFinding, portFinding } from "../doctor/machine.ts";
import { runtimeFindings } from "../doctor/runtimes.ts";
import { groupFinding, sandboxFindings } from "../doctor/sandboxes.ts";
import { colorsFor } from "../screen.ts";
import { addSettings, settingValues } from "../settings-options.ts";

export const doctor: CliCommand = {
  shape(command) {
    addSettings(command);
    command.option("--fix", "allow the launcher to make user namespaces where AppArmor restricts them (as root)");
  },

  async run(invocation) {
    const { options, environment, workingDirectory, stdout } = invocation;
    if (options.isOn("fix")) await fix(invocation);
    const findings = await examine(readConfig(settingValues(options), environment, workingDirectory), environment);
    stdout.write(options.json ? `${JSON.stringify(findings)}\n` : rendered(findings, invocation));
    return findings.some((one) => one.level === "problem") ? 1 : 0;
  },
};

async function examine(config: Config, environment: Environment): Promise<readonly Finding[]> {
  const found = await Promise.all([
    nodeFinding(),
    sandboxFindings(config),
    groupFinding(config, environment),
    runtimeFindings(config),
    cargoFinding(),
    dataFinding(config),
    portFinding(config),
    openFilesFinding(config),
  ]);
  return found.flat().filter((one) => one !== undefined);
}

async function fix({ stderr }: CommandInvocation): Promise<void> {
  if (!(await isUserNamespaceRestricted())) {
    stderr.write("There is nothing to fix: AppArmor does not restrict user namespaces here.\n");
    return;
  }
  const launcher = await buildStem();
  await allowUserNamespaces(launcher);
  stderr.write(`${launcher} may make user namespaces from now on.\n`);
}

function rendered(findings: readonly Finding[], { stdout, environment }: CommandInvocation): string {
  const { dim, green, red, yellow } = colorsFor(stdout, environment);
  const signs = { good: green("✓"), note: yellow("!"), problem: red("✗") } as const;
  const width = Math.max(...findings.map((one) => one.subject.length)) + 2;
  return findings
    .map(
      ({ subject, level, words }) =>
        `${signs[level]} ${dim(subject.padEnd(width))}${words.replaceAll("\n", `\n${" ".repeat(width + 2)}`)}\n`,
    )
    .join("");
}
