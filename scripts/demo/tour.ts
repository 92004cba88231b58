// The invocations that the demo makes of each function, and what each must answer.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AwsClient, InvokeAnswer } from "../../src/cli/aws-client.ts";
import { folderPackage } from "../../src/cli/project/folder-package.ts";
import { type FunctionPackage, hostArchitecture } from "../../src/cli/project/function-package.ts";
import { zipFiles } from "../../src/cli/project/zip-files.ts";
import { upsert } from "../../src/cli/upsert.ts";
import { root } from "../command.ts";
import { type ReportLine, reportLine } from "./report-line.ts";

const WARM_COUNT = 50;
const BILLED_COUNT = 9;
const MEMORY_MB = 128;
const TIMEOUT_S = 1;

export interface Row {
  readonly trigger: string;
  readonly name: string;
  /** "cold", "warm ×50", "error", "timeout". */
  readonly what: string;
  /** Seen by the caller, network and all. */
  readonly tookMs: number;
  readonly durationMs: number;
  readonly initMs: number | undefined;
  readonly billedMs: number;
  readonly memoryMbMax: number;
  readonly usdPerMillion: number;
  /** What was wrong with the answer. */
  readonly fault: string | undefined;
}

/** The same small function three times. `rustBinary` is the built rust-hello. */
export async function demoPackages(rustBinary: string): Promise<readonly FunctionPackage[]> {
  const run = { runtime: undefined, handler: undefined, architecture: undefined };
  return [
    await rustPackage("rust-hello", rustBinary),
    await folderPackage(join(root, "examples/node-hello"), run),
    await folderPackage(join(root, "examples/python-hello"), run),
  ];
}

export async function rustPackage(name: string, binary: string): Promise<FunctionPackage> {
  const zip = await zipFiles([{ name: "bootstrap", file: binary, isExecutable: true }]);
  return { name, zip, runtime: "provided.al2023", handler: "bootstrap", architecture: hostArchitecture(), from: binary };
}

export async function deployAll(client: AwsClient, packages: readonly FunctionPackage[]): Promise<void> {
  const wishes = { memoryMb: MEMORY_MB, timeoutS: TIMEOUT_S, role: undefined, variables: {} };
  for (const one of packages) await upsert(client, one, wishes);
}

/** Cold, warm, its own error, and too slow: in this order, since the last ends the environment. */
export async function tour(client: AwsClient, name: string): Promise<readonly Row[]> {
  const order = JSON.parse(await readFile(join(root, "examples", name, "order.json"), "utf8")) as object;
  return [
    await timed(client, name, { what: "cold", event: order, check: all(isQuote, wasCold(true)) }),
    await warm(client, name, order),
    await timed(client, name, { what: "error", event: { ...order, country: "XX" }, check: failsWith("no tax rate for XX") }),
    await timed(client, name, {
      what: "timeout",
      event: { ...order, delayMs: 3_000 },
      check: failsWith(`Task timed out after ${TIMEOUT_S}.00 seconds`),
    }),
  ];
}

interface Attempt {
  readonly what: string;
  readonly event: object;
  readonly check: Check;
}

/** A sentence about what is wrong, if anything. */
type Check = (answer: InvokeAnswer, report: ReportLine) => string | undefined;

async function timed(client: AwsClient, name: string, { what, event, check }: Attempt): Promise<Row> {
  const startedMs = performance.now();
  const answer = await client.invoke(name, Buffer.from(JSON.stringify(event)), { tail: true });
  const tookMs = performance.now() - startedMs;
  const report = reportLine(answer.logTail ?? "", client.connection.region);
  return { trigger: "invoke", name, what, tookMs, ...report, fault: check(answer, report) };
}

/** Round trips without the log tail, with which an answer waits for the invocation's end; then some with it, for what they were billed. */
async function warm(client: AwsClient, name: string, event: object): Promise<Row> {
  const payload = Buffer.from(JSON.stringify(event));
  const tookMs: number[] = [];
  for (let i = 0; i < WARM_COUNT; i++) {
    const startedMs = performance.now();
    await client.invoke(name, payload, { tail: false });
    tookMs.push(performance.now() - startedMs);
  }
  const rows: Row[] = [];
  const attempt = { what: `warm ×${WARM_COUNT}`, event, check: all(isQuote, wasCold(false)) };
  for (let i = 0; i < BILLED_COUNT; i++) rows.push(await timed(client, name, attempt));
  const typical = rows.toSorted((a, b) => a.durationMs - b.durationMs)[Math.floor(BILLED_COUNT / 2)]!;
  return { ...typical, tookMs: median(tookMs), fault: rows.find((row) => row.fault)?.fault };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

const isQuote: Check = ({ payload, functionError }) => {
  const text = payload.toString();
  return functionError === undefined && text.includes('"totalCents":') ? undefined : `answered ${text.slice(0, 200)}`;
};

function failsWith(words: string): Check {
  return ({ payload, functionError }) => {
    const text = payload.toString();
    return functionError === "Unhandled" && text.includes(words) ? undefined : `answered ${text.slice(0, 200)}`;
  };
}

function wasCold(isWanted: boolean): Check {
  return (_, { initMs }) => ((initMs !== undefined) === isWanted ? undefined : `was ${isWanted ? "not " : ""}cold`);
}

function all(...checks: readonly Check[]): Check {
  return (answer, report) => checks.map((check) => check(answer, report)).find((fault) => fault !== undefined);
}
