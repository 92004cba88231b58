// lambent tune: runs a function at several memory sizes, each with its share of CPU, and says which is the cheapest, the fastest and the best of both.
// The function stays as it is, unless --apply is given.

import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import { AwsClient } from "../aws-client.ts";
import { addConnectionOptions, type CliCommand, type CommandInvocation, UsageError, wholeNumber } from "../command.ts";
import { connectionOf } from "../connection.ts";
import { jsonEventOf } from "../event-option.ts";
import { millisecondsText, usdText } from "../money.ts";
import { colorsFor, Progress, table } from "../screen.ts";
import { type TrialAnswer, TrialClient } from "../trial-client.ts";
import { bestOf, type Strategy, strategies, type Tried } from "../tuning.ts";
import { bars, htmlPage, svgChart } from "../tuning-chart.ts";

const SIZES = "128,256,512,1024,1769,3008";

interface Tuned extends Tried {
  readonly trial: TrialAnswer;
}

export const tune: CliCommand = {
  shape(command) {
    command.argument("<NAME>", "name of the function, with :VERSION or :ALIAS if you like");
    command.option("-p, --payload <JSON>", "the event: JSON text, @FILE, or - for stdin (default {})");
    command.option("--sizes <MB,…>", "memory sizes to try", SIZES);
    command.option(
      "--samples <N>",
      "at most so many invocations of each size; fewer where the mean is known within 5 % before",
      wholeNumber,
      100,
    );
    command.option("--strategy <NAME>", `what --apply takes: ${strategies.join(", ")}`, strategyOf, "balance");
    command.option("--apply", "give the function the best size");
    command.option("--chart <FILE>", "write the chart: .svg or .html");
    command.option("--data <DIR>", "the server's data directory, where it does not tell");
    addConnectionOptions(command);
  },

  async run(invocation) {
    const { args, options, stdout, stderr } = invocation;
    const name = args[0] ?? "";
    const strategy = (options.text("strategy") ?? "balance") as Strategy;
    if (options.isOn("apply") && name.includes(":"))
      throw new UsageError("A version cannot be changed: leave --apply or the qualifier out.");
    const tuned = await tryAll(name, invocation);
    const best = Object.fromEntries(strategies.map((one) => [one, bestOf(tuned, one).memoryMb]));
    const { enforced } = tuned[0]!.trial;
    if (options.json) stdout.write(`${JSON.stringify({ tried: tuned.map(({ trial }) => trial), best, enforced })}\n`);
    else stdout.write(report(tuned, best, invocation));
    if (!enforced.cpu)
      stderr.write("This server cannot give functions their share of CPU (lambent doctor says why): times hardly depend on memory here.\n");
    await writeChart(name, tuned, invocation);
    if (options.isOn("apply")) await apply(name, best[strategy]!, invocation);
    return 0;
  },
};

async function tryAll(name: string, invocation: CommandInvocation): Promise<readonly Tuned[]> {
  const { options } = invocation;
  const payload = await jsonEventOf(invocation);
  const client = await TrialClient.open(invocation);
  const progress = new Progress(invocation);
  const warmMax = options.number("samples") ?? 100;
  const tuned: Tuned[] = [];
  for (const memoryMb of sizesOf(options.text("sizes") ?? SIZES)) {
    progress.show(`${name} runs with ${memoryMb} MB …`);
    const trial = await client.run({ name, payload, memoryMb, cold: 1, warmMin: Math.min(10, warmMax), warmMax });
    tuned.push({ memoryMb, meanMs: trial.warmMs.mean, usdPerMillion: trial.usdPerMillion, trial });
  }
  progress.clear();
  return tuned;
}

export function sizesOf(text: string): readonly number[] {
  const sizes = text.split(",").map((part) => Number(part.trim()));
  if (sizes.some((size) => !Number.isInteger(size) || size < 128 || size > 10_240))
    throw new UsageError(`--sizes takes megabytes from 128 to 10240 as ${SIZES}, not '${text}'.`);
  return [...new Set(sizes)].sort((a, b) => a - b);
}

function strategyOf(text: string): string {
  if ((strategies as readonly string[]).includes(text)) return text;
  throw new InvalidArgumentError(`It takes one of ${strategies.join(", ")}.`);
}

function report(tuned: readonly Tuned[], best: Readonly<Record<string, number>>, { environment, stdout }: CommandInvocation): string {
  const { bold, dim } = colorsFor(stdout, environment);
  const rows = tuned.map(({ memoryMb, meanMs, usdPerMillion, trial }) => [
    `${memoryMb} MB`,
    trial.coldMs === undefined ? "" : millisecondsText(trial.coldMs.p50),
    millisecondsText(meanMs),
    `± ${millisecondsText(trial.warmMs.marginOfError)}`,
    `${trial.warmMs.count}`,
    `${trial.memoryPeakMb} MB`,
    usdText(usdPerMillion),
    strategies.filter((strategy) => best[strategy] === memoryMb).join(", "),
  ]);
  const heading = ["MEMORY", "COLD", "WARM", "95 %", "SAMPLES", "USED", "PER MILLION", "BEST BY"].map(dim);
  const summary = strategies.map((strategy) => `${strategy}: ${best[strategy]} MB`).join(", ");
  return `${table(heading, rows, { right: [0, 1, 2, 3, 4, 5, 6] })}\n${bars(tuned)}\n${bold(`Best by ${summary}.`)}\n`;
}

async function writeChart(name: string, tuned: readonly Tuned[], { options, workingDirectory, stderr }: CommandInvocation): Promise<void> {
  const file = options.text("chart");
  if (file === undefined) return;
  const svg = svgChart(name, tuned);
  await writeFile(resolve(workingDirectory, file), file.endsWith(".html") ? htmlPage(name, svg) : svg);
  stderr.write(`The chart is in ${file}.\n`);
}

async function apply(name: string, memoryMb: number, { options, environment, stderr }: CommandInvocation): Promise<void> {
  await new AwsClient(connectionOf(options, environment)).updateConfiguration(name, { MemorySize: memoryMb });
  stderr.write(`${name} has ${memoryMb} MB now.\n`);
}
