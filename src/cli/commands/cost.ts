// lambent cost: what functions have cost by AWS's price list, or by the operator's own prices, and what the month will come to.

import type { CostGroup, MonthCost } from "../../metering/costs.ts";
import { addConnectionOptions, type CliCommand, type CommandInvocation, UsageError } from "../command.ts";
import { countText, usdText } from "../money.ts";
import { askServer, placeOf } from "../operator-client.ts";
import { colorsFor, table } from "../screen.ts";
import { startOf } from "../since.ts";

interface CostAnswer {
  readonly by: readonly string[];
  readonly groups: readonly CostGroup[];
  readonly month: MonthCost;
  readonly pricesAsOf: string;
  readonly ownPrices: boolean;
}

const KEPT_DAYS = 400;
/** The server's clock may be ahead of ours. */
const AHEAD_MS = 60_000;
const KEPT_MS = KEPT_DAYS * 86_400_000 - AHEAD_MS;

export const cost: CliCommand = {
  shape(command) {
    command.option(
      "-b, --by <NAMES>",
      "some of function, service, resource, version, day, hour, memory, architecture, region, account",
      "function",
    );
    command.option("-s, --since <TIME>", "how far back: 2h, 7d, or a time such as 2026-11-25", "30d");
    command.option("--account <ID>", "of this account alone");
    command.option("--free-tier", "take AWS's free tier off the month");
    command.option("--data <DIR>", "the server's data directory, where it does not tell");
    addConnectionOptions(command);
  },

  async run(invocation) {
    const { options, stdout, stderr } = invocation;
    const query = queryOf(invocation);
    const answer = (await askServer(await placeOf(invocation), "GET", `cost?${query}`)) as CostAnswer;
    if (options.json) stdout.write(`${JSON.stringify(answer)}\n`);
    else if (answer.groups.length === 0) stderr.write("Nothing has run in that time.\n");
    else stdout.write(report(answer, invocation));
    return 0;
  },
};

function queryOf({ options }: CommandInvocation): URLSearchParams {
  const nowMs = Date.now();
  const fromMs = startOf(options.text("since") ?? "30d", nowMs);
  if (fromMs > nowMs) throw new UsageError("--since lies in the future.");
  if (nowMs - fromMs > KEPT_MS) throw new UsageError(`--since goes back at most ${KEPT_DAYS} days: so long is usage kept.`);
  const query = new URLSearchParams({
    from: `${fromMs}`,
    to: `${nowMs + AHEAD_MS}`,
    by: [...new Set((options.text("by") ?? "function").split(","))].join(","),
    freeTier: `${options.isOn("freeTier")}`,
  });
  const account = options.text("account");
  if (account !== undefined) query.set("account", account);
  return query;
}

function report(answer: CostAnswer, { options, environment, stdout }: CommandInvocation): string {
  const { bold, dim } = colorsFor(stdout, environment);
  const heading = [
    ...answer.by.map((name) => name.toUpperCase()),
    "INVOCATIONS",
    "ERRORS",
    "BILLED",
    "REQUESTS",
    "DURATION",
    "OTHER",
    "TOTAL",
  ];
  const right = heading.map((_, column) => column).slice(answer.by.length);
  const total = answer.groups.reduce((sum, { totalUsd }) => sum + totalUsd, 0);
  const { soFarUsd, projectedUsd } = answer.month;
  const prices = answer.ownPrices ? "own prices" : `AWS's list prices of ${answer.pricesAsOf}, in USD`;
  const tier = options.isOn("freeTier") ? ", free tier taken off" : "";
  return [
    table(
      heading.map(dim),
      answer.groups.map((group) => row(group, answer.by)),
      { right },
    ),
    `${bold(`${usdText(total)} in all`)}; this month ${usdText(soFarUsd)} so far, about ${usdText(projectedUsd)} at its end${tier}.\n`,
    dim(`${prices}.\n`),
  ].join("");
}

const FUNCTIONS_KEYS = ["function", "version", "memory", "architecture"];

/** What is no function's has none of a function's keys, and says so in the first of them. */
function keyText(name: string, key: string, by: readonly string[]): string {
  return key === "" && name === by.find((one) => FUNCTIONS_KEYS.includes(one)) ? "(queues and logs)" : key;
}

function row(group: CostGroup, by: readonly string[]): readonly string[] {
  const { requests = 0, duration = 0, provisionedDuration = 0, ...others } = group.usd;
  const other = Object.values(others).reduce((sum, usd) => sum + usd, 0);
  return [
    ...by.map((name) => keyText(name, (group.keys as Readonly<Record<string, string>>)[name] ?? "", by)),
    countText(group.invocations),
    countText(group.errors),
    `${countText(group.billedMs)} ms`,
    usdText(requests),
    usdText(duration + provisionedDuration),
    usdText(other),
    usdText(group.totalUsd),
  ];
}
