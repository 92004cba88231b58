// lambent doctor: what works on this machine, what does not, and what to do about it. Exit code 1 when `lambent start` would not work.

import { type Config, type Environment, readConfig } from "../../config.ts";
import type { CliCommand, CommandInvocation } from "../command.ts";
import { applyProfile, decideFix, fixFacts } from "../doctor/app-armor.ts";
import type { Finding } from "../doctor/finding.ts";
import { cargoFinding, dataFinding, nodeFinding, openFilesFinding, portFinding } from "../doctor/machine.ts";
import { runtimeFindings } from "../doctor/runtimes.ts";
import { groupFinding, sandboxFindings } from "../doctor/sandboxes.ts";
import { CommandFailure } from "../failure.ts";
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

/** Asks nothing, but says what it does. */
async function fix({ stderr }: CommandInvocation): Promise<void> {
  const decision = decideFix(await fixFacts());
  if (decision.kind === "refused") throw new CommandFailure(decision.words);
  stderr.write(`${decision.words}\n`);
  if (decision.kind === "write") await applyProfile(decision.text);
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
