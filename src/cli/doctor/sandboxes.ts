// Which sandbox drivers work here: each makes a sandbox once. Without one that isolates, `lambent start` refuses on Linux.

import type { Config, Environment } from "../../config.ts";
import { drivers, probeAll } from "../../sandbox/drivers.ts";
import { type Delegation, decideDelegation, delegationFacts } from "../delegation.ts";
import type { Finding } from "./finding.ts";

export async function sandboxFindings(config: Config): Promise<readonly Finding[]> {
  const probes = await probeAll(config);
  const chosen =
    config.sandbox === "auto" ? [...probes].find(([name, probe]) => drivers[name].isAutomatic && probe.usable)?.[0] : config.sandbox;
  const findings = [...probes].flatMap(([name, probe]): Finding[] => {
    const subject = `sandbox ${name}`;
    if (!probe.usable) return [{ subject, level: name === config.sandbox ? "problem" : "note", words: probe.because }];
    const words = name === chosen ? "works, and is chosen" : "works";
    return [
      { subject, level: "good", words },
      ...(name === chosen ? probe.notes : []).map((note): Finding => ({ subject: "", level: "note", words: note })),
    ];
  });
  const nothing: Finding = {
    subject: "sandbox",
    level: "problem",
    words: "No driver isolates functions here. See above, or start with --sandbox process.",
  };
  return chosen === undefined ? [...findings, nothing] : findings;
}

/** What `start` will do about limits that this process has no control groups for. */
export async function groupFinding({ sandbox }: Config, environment: Environment): Promise<Finding | undefined> {
  return groupFindingOf(await decideDelegation(delegationFacts(sandbox, environment)));
}

export function groupFindingOf(delegation: Delegation): Finding | undefined {
  const subject = "control groups";
  if (delegation.kind === "unneeded") return undefined;
  if (delegation.kind === "impossible")
    return { subject, level: "note", words: `none for ${delegation.missing.join(", ")}: ${delegation.because}` };
  return { subject, level: "good", words: `${delegation.gained.join(", ")} in a scope of systemd's, which start makes for itself` };
}
