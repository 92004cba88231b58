// lambent compare: the same event to two or more functions, in any languages: how long, how much memory, what a month costs, and from when on
// rewriting one as the other has paid for itself.

import { addConnectionOptions, type CliCommand, type CommandInvocation, UsageError, wholeNumber, wholeNumberFrom } from "../command.ts";
import { jsonEventOf } from "../event-option.ts";
import { countText, millisecondsText, usdText } from "../money.ts";
import { colorsFor, Progress, table } from "../screen.ts";
import { shareOf } from "../share.ts";
import { type TrialAnswer, TrialClient } from "../trial-client.ts";

const MONTHLY_DEFAULT = 10_000_000;

export const compare: CliCommand = {
  shape(command) {
    command.argument("<NAME...>", "functions, each with :VERSION or :ALIAS if you like");
    command.option("-p, --payload <JSON>", "the event: JSON text, @FILE, or - for stdin (default {})");
    command.option("--cold <N>", "cold starts of each", wholeNumberFrom(0, 100), 5);
    command.option("--warm <N>", "warm invocations of each", wholeNumberFrom(1, 1_000), 100);
    command.option("--cold-share <SHARE>", "of invocations that are cold starts, for the cost", "1%");
    command.option("--monthly <N>", "invocations in a month", wholeNumber, MONTHLY_DEFAULT);
    command.option("--effort <USD>", "what rewriting costs, for the break-even", wholeNumber, 1_000);
    command.option("--data <DIR>", "the server's data directory, where it does not tell");
    addConnectionOptions(command);
  },

  async run(invocation) {
    const { args, options, stdout } = invocation;
    if (args.length < 2) throw new UsageError("Name at least two functions to compare.");
    const payload = await jsonEventOf(invocation);
    const client = await TrialClient.open(invocation);
    const progress = new Progress(invocation);
    const coldShare = shareOf("cold-share", options.text("coldShare") ?? "1%");
    const trials: TrialAnswer[] = [];
    const [cold, warm] = [options.number("cold") ?? 5, options.number("warm") ?? 100];
    for (const name of args) {
      progress.show(`${name} runs ${cold + warm} times …`);
      trials.push(mixed(await client.run({ name, payload, cold, warmMin: warm, warmMax: warm }), coldShare));
    }
    progress.clear();
    const monthly = options.number("monthly") ?? MONTHLY_DEFAULT;
    const told = { trials, monthly, breakEven: breakEven(trials, { monthly, effortUsd: options.number("effort") ?? 1_000 }) };
    stdout.write(options.json ? `${JSON.stringify(told)}\n` : report(told, invocation));
    return 0;
  },
};

/** Its cost with so many cold starts among its invocations. */
function mixed(trial: TrialAnswer, coldShare: number): TrialAnswer {
  if (trial.usdPerColdStart === undefined) return trial;
  const warmShare = 1 - coldShare;
  return {
    ...trial,
    usdPerMillion: warmShare * trial.usdPerMillion + coldShare * trial.usdPerColdStart * 1e6,
    usdPerMillionMargin: trial.usdPerMillionMargin && warmShare * trial.usdPerMillionMargin,
  };
}

interface BreakEven {
  readonly cheapest: string;
  readonly dearest: string;
  readonly savedUsdPerMonth: number;
  readonly savedShare: number;
  /** False: what is saved is less than what the measurements may be off by. */
  readonly isSure: boolean;
  readonly effortUsd: number;
  /** undefined: they cost the same. */
  readonly invocations: number | undefined;
  readonly months: number | undefined;
}

/** Between the dearest and the cheapest. */
export function breakEven(
  trials: readonly Pick<TrialAnswer, "functionName" | "usdPerMillion" | "usdPerMillionMargin">[],
  { monthly, effortUsd }: { readonly monthly: number; readonly effortUsd: number },
): BreakEven {
  const sorted = trials.toSorted((a, b) => a.usdPerMillion - b.usdPerMillion);
  const [cheapest, dearest] = [sorted[0]!, sorted.at(-1)!];
  const savedPerMillion = dearest.usdPerMillion - cheapest.usdPerMillion;
  const savedUsdPerMonth = (savedPerMillion * monthly) / 1e6;
  return {
    cheapest: cheapest.functionName,
    dearest: dearest.functionName,
    savedUsdPerMonth,
    savedShare: savedPerMillion / dearest.usdPerMillion,
    isSure: savedPerMillion > Math.hypot(marginOf(cheapest), marginOf(dearest)),
    effortUsd,
    invocations: savedPerMillion > 0 ? (effortUsd / savedPerMillion) * 1e6 : undefined,
    months: savedUsdPerMonth > 0 ? effortUsd / savedUsdPerMonth : undefined,
  };
}

function marginOf({ usdPerMillionMargin: margin }: Pick<TrialAnswer, "usdPerMillionMargin">): number {
  return margin ?? Number.POSITIVE_INFINITY;
}

interface Told {
  readonly trials: readonly TrialAnswer[];
  readonly monthly: number;
  readonly breakEven: BreakEven;
}

function report({ trials, monthly, breakEven: even }: Told, { environment, stdout }: CommandInvocation): string {
  const { bold, dim } = colorsFor(stdout, environment);
  const heading = ["FUNCTION", "RUNTIME", "MEMORY", "COLD", "WARM P50", "P99", "USED", "PER MILLION", "PER MONTH"].map(dim);
  const rows = trials.map((trial) => [
    trial.functionName,
    trial.runtime,
    `${trial.memoryMb} MB`,
    trial.coldMs === undefined ? "" : millisecondsText(trial.coldMs.p50),
    millisecondsText(trial.warmMs.p50),
    millisecondsText(trial.warmMs.p99),
    `${trial.memoryPeakMb} MB`,
    usdText(trial.usdPerMillion),
    usdText((trial.usdPerMillion * monthly) / 1e6),
  ]);
  return [table(heading, rows, { right: [2, 3, 4, 5, 6, 7, 8] }), `${bold(verdict(even, monthly))}\n`].join("");
}

export function verdict(even: BreakEven, monthly: number): string {
  const { cheapest, dearest, savedUsdPerMonth, savedShare, effortUsd, invocations, months } = even;
  if (invocations === undefined || months === undefined) return "They cost the same.";
  if (!even.isSure)
    return "They cost the same, as far as these invocations can tell: what they differ by may be chance (--warm for more of them).";
  const saved = `${cheapest} saves ${usdText(savedUsdPerMonth)} a month against ${dearest} (${(savedShare * 100).toFixed(0)} %) at ${countText(monthly)} invocations.`;
  return `${saved} Rewriting for ${usdText(effortUsd)} (--effort) pays after ${countText(invocations)} invocations: ${monthsText(months)}.`;
}

export function monthsText(months: number): string {
  return months < 24 ? `${months.toFixed(1)} months` : `${countText(months / 12)} years`;
}
