// lambent tune: runs a function at several memory sizes, each with its share of CPU, and says which is the cheapest, the fastest and the best of both.
// The function stays as it is, unless --apply is given. The server keeps what was measured: --last and --run show it again without running anything.

import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import type { Trial } from "../../trial/measured.ts";
import type { Enforced, Tuning } from "../../trial/tunings.ts";
import { AwsClient } from "../aws-client.ts";
import { addConnectionOptions, type CliCommand, type CommandInvocation, UsageError, wholeNumberFrom } from "../command.ts";
import { connectionOf } from "../connection.ts";
import { jsonEventOf } from "../event-option.ts";
import { CommandFailure } from "../failure.ts";
import { millisecondsText, usdText } from "../money.ts";
import { colorsFor, Progress, table } from "../screen.ts";
import { TrialClient } from "../trial-client.ts";
import { bestOf, type Strategy, strategies, type Tried } from "../tuning.ts";
import { bars, htmlPage, svgChart } from "../tuning-chart.ts";

const SIZES = "128,256,512,1024,1769,3008";

interface Tuned extends Tried {
  readonly trial: Trial;
}

interface Run {
  readonly run: string;
  readonly tuned: readonly Tuned[];
  readonly enforced: Enforced;
  /** undefined: it was made just now. */
  readonly measuredMs?: number;
}

export const tune: CliCommand = {
  shape(command) {
    command.argument("<NAME>", "name of the function, with :VERSION or :ALIAS if you like");
    command.option("-p, --payload <JSON>", "the event: JSON text, @FILE, or - for stdin (default {})");
    command.option("--sizes <MB,…>", "memory sizes to try", SIZES);
    command.option(
      "--samples <N>",
      "at most so many invocations of each size; fewer where the mean is known within 5 % before",
      wholeNumberFrom(1, 1_000),
      100,
    );
    command.option("--strategy <NAME>", `what --apply takes: ${strategies.join(", ")}`, strategyOf, "balance");
    command.option("--apply", "give the function the best size");
    command.option("--chart <FILE>", "write the chart: .svg or .html", chartFile);
    command.option("--history", "list the function's former runs, and run nothing");
    command.option("--last", "show the last run again, and run nothing");
    command.option("--run <ID>", "the same with that run");
    command.option("--data <DIR>", "the server's data directory, where it does not tell");
    addConnectionOptions(command);
  },

  async run(invocation) {
    const { args, options, stdout, stderr } = invocation;
    const name = args[0] ?? "";
    const strategy = (options.text("strategy") ?? "balance") as Strategy;
    if (options.isOn("apply") && name.includes(":"))
      throw new UsageError("A version cannot be changed: leave --apply or the qualifier out.");
    if (options.isOn("history")) {
      const runs = await (await TrialClient.open(invocation)).tunings(name);
      stdout.write(options.json ? `${JSON.stringify(runs)}\n` : history(name, runs, invocation));
      return 0;
    }
    const former = options.isOn("last") ? "last" : options.text("run");
    const run = former === undefined ? await tryAll(name, invocation) : await recalled(name, former, invocation);
    const { tuned, enforced } = run;
    const best = bestBy(tuned);
    if (options.json) stdout.write(`${JSON.stringify({ ...run, tuned: undefined, tried: tuned.map(({ trial }) => trial), best })}\n`);
    else stdout.write(report(run, best, invocation));
    if (!enforced.cpu)
      stderr.write("This server cannot give functions their share of CPU (lambent doctor says why): times hardly depend on memory here.\n");
    await writeChart(name, tuned, invocation);
    if (options.isOn("apply")) await apply(name, best[strategy]!, invocation);
    return 0;
  },
};

function bestBy(tuned: readonly Tuned[]): Readonly<Record<string, number>> {
  return Object.fromEntries(strategies.map((one) => [one, bestOf(tuned, one).memoryMb]));
}

function tunedOf(trial: Trial): Tuned {
  return { memoryMb: trial.memoryMb, meanMs: trial.warmMs.mean, usdPerMillion: trial.usdPerMillion, trial };
}

/** One that was made before. */
async function recalled(name: string, run: string, invocation: CommandInvocation): Promise<Run> {
  if (invocation.options.text("payload") !== undefined) throw new UsageError("--last and --run run nothing: leave the payload out.");
  const [found] = await (await TrialClient.open(invocation)).tunings(name, run);
  if (found === undefined) throw new CommandFailure(`${name} has no such run. See what there is with: lambent tune ${name} --history`);
  const { tried, ...rest } = found;
  return { ...rest, tuned: tried.map(tunedOf) };
}

async function tryAll(name: string, invocation: CommandInvocation): Promise<Run> {
  const { options } = invocation;
  const payload = await jsonEventOf(invocation);
  const client = await TrialClient.open(invocation);
  const progress = new Progress(invocation);
  const warmMax = options.number("samples") ?? 100;
  const run = randomUUID();
  const tuned: Tuned[] = [];
  let enforced: Enforced = { cpu: false, memory: false };
  for (const memoryMb of sizesOf(options.text("sizes") ?? SIZES)) {
    progress.show(`${name} runs with ${memoryMb} MB …`);
    const answer = await client.run({ name, payload, memoryMb, cold: 1, warmMin: Math.min(10, warmMax), warmMax, run });
    const { enforced: here, ...trial } = answer;
    enforced = here;
    tuned.push(tunedOf(trial));
  }
  progress.clear();
  return { run, tuned, enforced };
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

function history(name: string, runs: readonly Tuning[], { environment, stdout }: CommandInvocation): string {
  if (runs.length === 0) return `${name} was not tuned yet, or too long ago.\n`;
  const { dim } = colorsFor(stdout, environment);
  const rows = runs.map(({ run, measuredMs, qualifier, tried }) => {
    const best = bestBy(tried.map(tunedOf));
    const sizes = tried.map(({ memoryMb }) => memoryMb).join(",");
    return [timeText(measuredMs), run, qualifier, sizes, ...strategies.map((strategy) => `${best[strategy]} MB`)];
  });
  const heading = ["WHEN", "RUN", "QUALIFIER", "SIZES", ...strategies.map((strategy) => `BEST BY ${strategy.toUpperCase()}`)];
  return table(heading.map(dim), rows);
}

/** A single sample says nothing of how far its mean may be off. */
function marginText(marginMs: number | undefined): string {
  return typeof marginMs === "number" ? `± ${millisecondsText(marginMs)}` : "";
}

function chartFile(file: string): string {
  if (/\.(?:svg|html)$/.test(file)) return file;
  throw new InvalidArgumentError("It takes a file that ends with .svg or .html.");
}

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function report({ tuned, measuredMs }: Run, best: Readonly<Record<string, number>>, { environment, stdout }: CommandInvocation): string {
  const { bold, dim } = colorsFor(stdout, environment);
  const rows = tuned.map(({ memoryMb, meanMs, usdPerMillion, trial }) => [
    `${memoryMb} MB`,
    trial.coldMs === undefined ? "" : millisecondsText(trial.coldMs.p50),
    millisecondsText(meanMs),
    marginText(trial.warmMs.marginOfError),
    `${trial.warmMs.count}`,
    `${trial.memoryPeakMb} MB`,
    usdText(usdPerMillion),
    strategies.filter((strategy) => best[strategy] === memoryMb).join(", "),
  ]);
  const heading = ["MEMORY", "COLD", "WARM", "95 %", "SAMPLES", "USED", "PER MILLION", "BEST BY"].map(dim);
  const summary = strategies.map((strategy) => `${strategy}: ${best[strategy]} MB`).join(", ");
  const when = measuredMs === undefined ? "" : `${dim(`Measured at ${timeText(measuredMs)}.`)}\n`;
  return `${when}${table(heading, rows, { right: [0, 1, 2, 3, 4, 5, 6] })}\n${bars(tuned)}\n${bold(`Best by ${summary}.`)}\n`;
}

async function writeChart(name: string, tuned: readonly Tuned[], { options, workingDirectory, stderr }: CommandInvocation): Promise<void> {
  const file = options.text("chart");
  if (file === undefined) return;
  const svg = svgChart(
    name,
    tuned.map(({ trial, ...one }) => ({ ...one, marginMs: trial.warmMs.marginOfError })),
  );
  await writeFile(resolve(workingDirectory, file), file.endsWith(".html") ? htmlPage(name, svg) : svg);
  stderr.write(`The chart is in ${file}.\n`);
}

async function apply(name: string, memoryMb: number, { options, environment, stderr }: CommandInvocation): Promise<void> {
  await new AwsClient(connectionOf(options, environment)).updateConfiguration(name, { MemorySize: memoryMb });
  stderr.write(`${name} has ${memoryMb} MB now.\n`);
}
