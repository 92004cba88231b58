// The parts of a test run before the suites: each has a name, ends well or with words, and says how long it took. Lanes of them run at once.

import pc from "picocolors";
import { type CommandResult, tryCommand } from "./command.ts";

export interface Section {
  readonly name: string;
  /** Undefined: fine. A warning lets the run go on well; a failure fails it at its end. */
  run(): Promise<{ readonly kind: "failure" | "warning"; readonly words: string } | undefined>;
}

/** Lanes run at once, the sections of one lane one after the other; true when none failed. A failed section does not keep the next from running. */
export async function runSections(lanes: readonly (readonly Section[])[]): Promise<boolean> {
  const results = await Promise.all(lanes.map(runLane));
  return results.every((isGood) => isGood);
}

async function runLane(sections: readonly Section[]): Promise<boolean> {
  let isGood = true;
  for (const section of sections) isGood = (await runSection(section)) && isGood;
  return isGood;
}

async function runSection(section: Section): Promise<boolean> {
  const startedMs = performance.now();
  const outcome = await section.run().catch((error: unknown) => ({ kind: "failure" as const, words: messageOf(error) }));
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  const sign = outcome === undefined ? pc.green("✓") : outcome.kind === "warning" ? pc.yellow("!") : pc.red("✗");
  process.stdout.write(`${sign} ${section.name} ${pc.dim(`${seconds} s`)}\n`);
  if (outcome) process.stdout.write(`${outcome.words.trimEnd().replace(/^/gm, "  ")}\n`);
  return outcome?.kind !== "failure";
}

/** A section that is one program's run: its output is shown when it fails. */
export function commandSection(name: string, argv: readonly string[]): Section {
  return { name, run: async () => failureOf(await tryCommand(argv)) };
}

function failureOf({ code, output }: CommandResult): { kind: "failure"; words: string } | undefined {
  return code === 0 ? undefined : { kind: "failure", words: output };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
