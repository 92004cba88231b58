// What one call cost, from the line that REPORT is in the log's tail, in either format: as it says itself, else at AWS's list price.

import { invocationCost } from "../metering/cost.ts";
import type { Described } from "./aws-client.ts";

export interface CallCost {
  readonly billedMs: number;
  readonly memoryMb: number;
  readonly usd: number;
}

/** undefined where the tail has no such line: at a log level that leaves it out. */
export function callCost(logTail: string, { Architectures, EphemeralStorage }: Described, region: string): CallCost | undefined {
  const last = (pattern: RegExp) => Number([...logTail.matchAll(pattern)].at(-1)?.[1]);
  const billedMs = last(/(?:Billed Duration: |"billedDurationMs":)(\d+)/g);
  const memoryMb = last(/(?:Memory Size: |"memorySizeMB":)(\d+)/g);
  if (Number.isNaN(billedMs + memoryMb)) return undefined;
  const architecture = Architectures?.[0] === "arm64" ? "arm64" : "x86_64";
  const usage = { memoryMb, tmpMb: EphemeralStorage?.Size ?? 512, architecture, region, billedMs } as const;
  const said = last(/(?:\tCost: |"costUsd":)([\d.e-]+)/g);
  return { billedMs, memoryMb, usd: Number.isNaN(said) ? invocationCost(usage).totalUsd : said };
}
