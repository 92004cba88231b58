// lambent shadow: copies of a function's real events also go to a candidate, after the caller was answered; what differs is told here.

import type { ShadowRules } from "../../trial/shadow.ts";
import type { ShadowReport, SideSummary } from "../../trial/shadow-report.ts";
import { addConnectionOptions, type CliCommand, type CommandInvocation, collect, UsageError } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import { countText, millisecondsText, usdText } from "../money.ts";
import { askServer, ownerOf, placeOf, type ServerPlace } from "../operator-client.ts";
import { colorsFor, table } from "../screen.ts";
import { shareOf } from "../share.ts";

interface Told {
  readonly name: string;
  readonly qualifier: string;
  readonly candidate: string;
  readonly isRunning: boolean;
  readonly rules: ShadowRules;
  readonly report: Omit<ShadowReport, "primary" | "candidate"> & { readonly primary: SideSummary; readonly candidate: SideSummary };
}

export const shadow: CliCommand = {
  shape(command) {
    command.argument("<NAME>", "the function whose callers are served, with :ALIAS or :VERSION if they call it so");
    command.option("-c, --candidate <NAME|VERSION>", "start: a version of it, or another function, in any language");
    command.option("--sample <SHARE>", "of events: 100%, 5%, 0.05", "100%");
    command.option("--guard <GUARD>", "isolated (no network, no exposed services, no calls that write) or none (needs --yes)");
    command.option("--yes", "the candidate may do everything a second time");
    command.option("--ignore <PATH>", "do not compare this part of answers: requestId, items[*].id, **.timestamp; repeatable", collect);
    command.option("--tolerance <SHARE>", "numbers may differ by this share: 0.001", "0");
    command.option("--stop", "copy no more; what was seen stays");
    command.option("--data <DIR>", "the server's data directory, where it does not tell");
    addConnectionOptions(command);
  },

  async run(invocation) {
    const { args, options, stdout, stderr } = invocation;
    const place = await placeOf(invocation);
    const owner = { name: args[0] ?? "", ...(await ownerOf(invocation)) };
    const candidate = options.text("candidate");
    if (candidate !== undefined) {
      if (options.text("guard") === undefined)
        throw new UsageError("Say what keeps the candidate from doing things twice: --guard isolated, or --guard none --yes.");
      const started = await askServer(place, "POST", "shadow", { ...owner, ...wishOf(invocation), candidate });
      if (options.json) stdout.write(`${JSON.stringify(started)}\n`);
      else
        stderr.write(
          `Events of ${owner.name} are copied to ${candidate} from now on. See what differs with: lambent shadow ${owner.name}\n`,
        );
      return 0;
    }
    if (options.isOn("stop")) {
      await askServer(place, "DELETE", `shadow?${new URLSearchParams(owner)}`);
      stderr.write(`Events of ${owner.name} are not copied any more.\n`);
      return 0;
    }
    const { shadows } = (await askServer(place, "GET", `shadow?${new URLSearchParams(owner)}`)) as { shadows: readonly Told[] };
    const told = shadows[0];
    if (told === undefined)
      throw new CommandFailure(`${owner.name} has no shadow${await othersOf(place, owner)}. Start one with --candidate.`);
    stdout.write(options.json ? `${JSON.stringify(told)}\n` : reportText(told, invocation));
    return 0;
  },
};

/** A shadow belongs to a function as its callers name it: its alias may have one. */
async function othersOf(place: ServerPlace, owner: Readonly<Record<"name" | "account" | "region", string>>): Promise<string> {
  const { shadows } = (await askServer(place, "GET", "shadow")) as { shadows: readonly (Told & typeof owner)[] };
  const [plain] = owner.name.split(":");
  const others = shadows.filter(({ name, account, region }) => name === plain && account === owner.account && region === owner.region);
  return others.length === 0 ? "" : `; ${others.map(({ name, qualifier }) => [name, qualifier].filter(Boolean).join(":")).join(", ")} has`;
}

function wishOf({ options }: CommandInvocation): object {
  return {
    sample: shareOf("sample", options.text("sample") ?? "100%"),
    guard: options.text("guard"),
    yes: options.isOn("yes"),
    ignore: options.list("ignore"),
    tolerance: shareOf("tolerance", options.text("tolerance") ?? "0"),
  };
}

function reportText(told: Told, { environment, stdout }: CommandInvocation): string {
  const { bold, dim, green, red } = colorsFor(stdout, environment);
  const { compared, equal, skipped, failed, primary, candidate, differences } = told.report;
  const side = (label: string, of: SideSummary) => [
    label,
    countText(of.calls),
    of.p50Ms === undefined ? "" : millisecondsText(of.p50Ms),
    of.p99Ms === undefined ? "" : millisecondsText(of.p99Ms),
    `${of.memoryPeakMb} MB`,
    of.usdPerMillion === undefined ? "" : usdText(of.usdPerMillion),
  ];
  const share = compared === 0 ? 0 : (equal / compared) * 100;
  const verdict = `${countText(equal)} of ${countText(compared)} answers are the same (${share.toFixed(1)} %)`;
  const rest = [
    skipped > 0 ? `${countText(skipped)} not copied` : "",
    failed > 0 ? `${countText(failed)} copies could not run` : "",
  ].filter((text) => text !== "");
  const parts = [
    `${told.isRunning ? "Copying" : "Stopped"}: ${told.name}${told.qualifier === "" ? "" : `:${told.qualifier}`} → ${told.candidate}, guard ${told.rules.guard}\n`,
    table(["", "CALLS", "P50", "P99", "USED", "PER MILLION"].map(dim), [side(told.name, primary), side(told.candidate, candidate)], {
      right: [1, 2, 3, 4, 5],
    }),
    `${(equal === compared ? green : red)(bold(verdict))}${rest.length > 0 ? `; ${rest.join(", ")}` : ""}\n`,
    ...differences.map(({ kind, path, count, example }) => {
      const what = `${bold(`${kind}${path === "" ? "" : ` ${path}`}`)} ${countText(count)} times, e.g. request ${example.requestId}`;
      return `\n${what}\n  event      ${example.event}\n  ${told.name}: ${example.primary}\n  ${told.candidate}: ${example.candidate}\n`;
    }),
  ];
  return parts.join("");
}
