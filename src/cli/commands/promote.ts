// lambent promote: an alias moves to another version step by step, and back by itself when that does badly. The steps are taken by the server.

import { setTimeout as delay } from "node:timers/promises";
import { InvalidArgumentError } from "commander";
import { canarySteps, linearSteps, type Step } from "../../trial/promotion.ts";
import { addConnectionOptions, type CliCommand, type CommandInvocation, UsageError, wholeNumberFrom } from "../command.ts";
import { askServer, ownerOf, placeOf, type ServerPlace } from "../operator-client.ts";
import { colorsFor, Progress, table } from "../screen.ts";
import { shareOf } from "../share.ts";
import { spanMs } from "../since.ts";

const LOOK_MS = 500;

interface Told {
  readonly name: string;
  readonly alias: string;
  readonly from: string;
  readonly to: string;
  readonly steps: readonly Step[];
  readonly step: number;
  readonly state: string;
  readonly reason: string;
}

export const promote: CliCommand = {
  shape(command) {
    command.argument("<NAME>", "name of the function");
    command.option("--alias <ALIAS>", "the alias that moves");
    command.option("--to <VERSION>", "start: the version that it moves to");
    command.option("--steps <PLAN>", "linear:SHARE:TIME, canary:SHARE:TIME or all:TIME", "canary:10%:5m");
    command.option("--max-errors <SHARE>", "roll back when more of the new version's invocations fail", "5%");
    command.option("--max-slower <TIMES>", "roll back when it takes that many times as long on average", timesOf, 2);
    command.option("--max-difference <SHARE>", "roll back when more answers differ, where a shadow compares them", "1%");
    command.option("--min-invocations <N>", "less than that says nothing", wholeNumberFrom(1, 1_000_000), 10);
    command.option("--wait", "wait for the end; exit code 1 if it was rolled back");
    command.option("--cancel", "roll back now");
    command.option("--data <DIR>", "the server's data directory, where it does not tell");
    addConnectionOptions(command);
  },

  async run(invocation) {
    const { args, options, stdout, stderr } = invocation;
    const place = await placeOf(invocation);
    const owner = { name: args[0] ?? "", ...(await ownerOf(invocation)) };
    const [alias, to] = [options.text("alias"), options.text("to")];
    if (to === undefined && !options.isOn("cancel")) {
      const all = await listed(place, owner);
      stdout.write(options.json ? `${JSON.stringify(all)}\n` : list(all, invocation));
      return 0;
    }
    if (alias === undefined) throw new UsageError("Say which alias moves: --alias.");
    if (options.isOn("cancel")) {
      await askServer(place, "DELETE", `promotion?${new URLSearchParams({ ...owner, alias })}`);
      stderr.write(`${owner.name}:${alias} is rolled back.\n`);
      return 0;
    }
    await askServer(place, "POST", "promotion", { ...owner, alias, to, ...planOf(invocation) });
    if (options.isOn("wait")) return waitFor(place, { ...owner, alias }, invocation);
    stderr.write(`${owner.name}:${alias} moves to version ${to}. See how far it is with: lambent promote ${owner.name}\n`);
    return 0;
  },
};

function planOf({ options }: CommandInvocation): object {
  return {
    steps: stepsOf(options.text("steps") ?? ""),
    errorRateMax: shareOf("max-errors", options.text("maxErrors") ?? "5%"),
    slowerMax: options.number("maxSlower") ?? 2,
    differenceMax: shareOf("max-difference", options.text("maxDifference") ?? "1%"),
    invocationsMin: options.number("minInvocations") ?? 10,
  };
}

function timesOf(text: string): number {
  const times = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (times >= 0.01 && times <= 1_000) return times;
  throw new InvalidArgumentError("It takes a number from 0.01 to 1000, such as 1.5.");
}

/** Throws UsageError. */
export function stepsOf(plan: string): readonly Step[] {
  const [kind, first = "", second = ""] = plan.split(":");
  if (kind !== "all" && kind !== "linear" && kind !== "canary") return bad(plan);
  if (kind === "all") return [{ weight: 1, holdMs: spanMs(first || "1m") ?? bad(plan) }];
  const share = shareOf("steps", first);
  const holdMs = spanMs(second) ?? bad(plan);
  if (!(share > 0 && share < 1)) return bad(plan);
  if (kind === "linear") return linearSteps(share, holdMs);
  return canarySteps(share, holdMs);
}

function bad(plan: string): never {
  throw new UsageError(`--steps takes linear:10%:1m, canary:10%:5m or all:1m, not '${plan}'.`);
}

async function listed(place: ServerPlace, owner: Readonly<Record<string, string>>): Promise<readonly Told[]> {
  const { promotions } = (await askServer(place, "GET", `promotion?${new URLSearchParams(owner)}`)) as { promotions: readonly Told[] };
  return promotions;
}

async function waitFor(
  place: ServerPlace,
  { alias, ...owner }: Readonly<Record<"name" | "account" | "region" | "alias", string>>,
  invocation: CommandInvocation,
): Promise<number> {
  const { stdout, options, environment } = invocation;
  const progress = new Progress(invocation);
  for (;;) {
    const now = (await listed(place, owner)).find((one) => one.alias === alias);
    if (now !== undefined && now.state !== "running") {
      progress.clear();
      const { green, red } = colorsFor(stdout, environment);
      const isDone = now.state === "done";
      const sentence = isDone ? `${green("✓")} ${now.name}:${alias} has version ${now.to}.` : `${red("✗")} ${now.state}: ${now.reason}.`;
      stdout.write(options.json ? `${JSON.stringify(now)}\n` : `${sentence}\n`);
      return isDone ? 0 : 1;
    }
    progress.show(`${owner.name}:${alias} has taken step ${now?.step ?? 0} of ${now?.steps.length ?? "?"} …`);
    await delay(LOOK_MS);
  }
}

function list(all: readonly Told[], { environment, stdout }: CommandInvocation): string {
  if (all.length === 0) return "There was no promotion yet.\n";
  const { dim } = colorsFor(stdout, environment);
  const heading = ["ALIAS", "FROM", "TO", "STEP", "SHARE", "STATE", "REASON"].map(dim);
  const share = ({ step, steps, state }: Told) => (state === "rolled-back" ? 0 : (steps[step - 1]?.weight ?? 0));
  const row = (one: Told) => [
    one.alias,
    one.from,
    one.to,
    `${one.step}/${one.steps.length}`,
    `${(share(one) * 100).toFixed(0)} %`,
    one.state,
    one.reason,
  ];
  return table(heading, all.map(row));
}
