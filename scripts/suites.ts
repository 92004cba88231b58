// Runs test files through node:test in two waves, those that need the machine for themselves alone first, with one report and one summary.

import { globSync } from "node:fs";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { root } from "./command.ts";
import { endLeftBehind, markProcesses } from "./left-behind.ts";

/** For two cores, which is the least machine that this has to fit: most of a file's time it waits for something. */
const CONCURRENCY = 3;
/** The long forms of some suites (npm run test:crash) ask for more. */
const TEST_TIMEOUT_MS = Number(process.env.TEST_FILE_MINUTES ?? 5) * 60_000;

/** A file whose tests have ended ends, whatever it left open: a test that failed half way must not hold up the run for ever. */
const ENDS = ["--import", new URL("./end-of-file.ts", import.meta.url).href];

/** Suites that look at all mounts and groups of this machine, or take all of it. */
const ALONE = [/^tests\/contract\/sandbox/, /\.serial\.test\.ts$/];

/** What takes longest begins first, so that the end of a run does not wait for one file. The summary says which they are. */
const LONG = [
  "sources/mapping-faults",
  "crash/kills",
  "contract/services-postgres",
  "platform/inside-endpoint",
  "platform/backup",
  "platform/async-invoke",
  "cluster/node-ends",
  "cluster/trials",
  "demo",
  "contract/runtime",
  "sources/sqs-mapping",
  "package",
  "platform/ready",
  "deploy/nodes",
  "sources/poller",
  "platform/set-clock",
  "platform/promote",
  "cluster/nodes",
  "cli/new-rust",
].map((name) => `tests/${name}.test.ts`);

const SLOWEST_TOLD = 20;
/** So many files that fail are run once more: more are no race. */
const AGAIN_MAX = 3;

interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly nesting?: number;
    readonly message?: string;
    readonly file?: string;
    readonly name?: string;
    readonly todo?: string | boolean;
    readonly details?: { readonly duration_ms?: number };
  };
}

/** Files below tests/ that match one of the globs, relative to the root. */
export function testFiles(globs: readonly string[]): readonly string[] {
  return globSync([...globs], { cwd: root }).toSorted();
}

/** The long ones first, in their order; the others as they were. */
function longFirst(files: readonly string[]): readonly string[] {
  const rank = (file: string) => (LONG.includes(file) ? LONG.indexOf(file) : LONG.length);
  return files.toSorted((a, b) => rank(a) - rank(b));
}

/** True when every test passed. The last thing printed is node:test's summary over both waves. */
export async function runSuites(files: readonly string[]): Promise<boolean> {
  const isAlone = (file: string) => ALONE.some((pattern) => pattern.test(file));
  const waves = [
    { files: files.filter(isAlone), concurrency: 1 },
    { files: longFirst(files.filter((file) => !isAlone(file))), concurrency: CONCURRENCY },
  ];
  const summary = new Summary();
  markProcesses();
  await runWaves(waves, summary);
  await runAgain(summary);
  await report(summary.events());
  return summary.isGood;
}

/** A file that fails beside others and not alone has met a race, in itself or in the program: it is named, to be mended, and ends no run. */
async function runAgain(summary: Summary): Promise<void> {
  const files = [...summary.failedFiles];
  if (files.length === 0 || files.length > AGAIN_MAX) return;
  process.stdout.write(`\nOnce more, alone: ${files.join(", ")}\n`);
  const again = new Summary();
  await runWaves([{ files, concurrency: 1 }], again);
  if (!again.isGood) return;
  summary.forgive();
  process.stdout.write(`\nFAILED AT FIRST, AND PASSED ALONE: ${files.join(", ")}. There is a race in the test or in the program.\n`);
}

interface Wave {
  readonly files: readonly string[];
  readonly concurrency: number;
}

async function runWaves(waves: readonly Wave[], summary: Summary): Promise<void> {
  await report(eventsOf(waves, summary));
  for (const left of endLeftBehind()) process.stdout.write(`A test left this running, and it was killed: ${left}\n`);
}

async function* eventsOf(waves: readonly Wave[], summary: Summary): AsyncGenerator<TestEvent> {
  for (const wave of waves.filter((one) => one.files.length > 0)) {
    const files = wave.files.map((file) => join(root, file));
    const events = run({ files, concurrency: wave.concurrency, timeout: TEST_TIMEOUT_MS, execArgv: ENDS }) as AsyncIterable<TestEvent>;
    for await (const event of events) if (!summary.takes(event)) yield event;
  }
}

/** Through node:test's own reporter, which tells at its end once more what failed. */
async function report(events: AsyncIterable<TestEvent> | Iterable<TestEvent>): Promise<void> {
  await pipeline(events, new spec(), process.stdout, { end: false });
}

/** Adds up what each wave says at its end ("tests 12", "pass 11" …), so that it is said once, with the slowest files. */
class Summary {
  readonly #totals = new Map<string, number>();
  readonly #files: { readonly name: string; readonly seconds: number }[] = [];
  /** Relative to the root. */
  readonly failedFiles = new Set<string>();

  /** True for an event that is part of a wave's own summary. */
  takes(event: TestEvent): boolean {
    const counted = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/.exec(event.data.message ?? "");
    if (event.type === "test:summary") return true;
    if (event.type === "test:complete") this.#see(event.data);
    const { file, todo } = event.data;
    if (event.type === "test:fail" && file !== undefined && todo === undefined) this.failedFiles.add(relative(root, file));
    if (event.type !== "test:diagnostic" || event.data.nesting !== 0 || !counted) return false;
    this.#totals.set(counted[1]!, (this.#totals.get(counted[1]!) ?? 0) + Number(counted[2]));
    return true;
  }

  /** A file is a test that is named as its file. */
  #see({ name, file, details }: TestEvent["data"]): void {
    if (file !== undefined && name === file) this.#files.push({ name: relative(root, file), seconds: (details?.duration_ms ?? 0) / 1_000 });
  }

  /** What failed has passed at last. */
  forgive(): void {
    const count = (name: string) => this.#totals.get(name) ?? 0;
    this.#totals
      .set("pass", count("pass") + count("fail") + count("cancelled"))
      .set("fail", 0)
      .set("cancelled", 0);
  }

  events(): readonly TestEvent[] {
    const slowest = this.#files.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST_TOLD);
    const lines = [
      ...(this.#files.length > SLOWEST_TOLD ? slowest.map(({ name, seconds }) => `${seconds.toFixed(0)} s ${name}`) : []),
      ...[...this.#totals].map(([name, total]) => `${name} ${total}`),
    ];
    return lines.map((message) => ({ type: "test:diagnostic", data: { nesting: 0, message, level: "info" } }));
  }

  /** A run in which nothing ran is no success. */
  get isGood(): boolean {
    const count = (name: string) => this.#totals.get(name) ?? 0;
    return count("tests") > 0 && count("fail") === 0 && count("cancelled") === 0;
  }
}
