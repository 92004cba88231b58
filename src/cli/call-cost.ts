// What one call cost, from the line that REPORT is in the log's tail, in either format: as it says itself, else at the prices that hold on the
// server, else at AWS's list price.

import { invocationCost } from "../metering/cost.ts";
import type { RegionPrices } from "../metering/prices.ts";
import type { Described } from "./aws-client.ts";
import type { CommandInvocation } from "./command.ts";
import { askServer, placeOf } from "./operator-client.ts";

export interface CallCost {
  readonly billedMs: number;
  readonly memoryMb: number;
  readonly usd: number;
  /** report: REPORT says it. own: the prices of the server's operator. list: AWS's. */
  readonly prices: "report" | "own" | "list";
}

/** undefined: those of AWS's list. */
export type OwnRegionPrices = RegionPrices | undefined;

/** undefined where the tail has no such line: at a log level that leaves it out. `ownPrices` is asked for where REPORT does not say it. */
export async function callCost(
  logTail: string,
  { Architectures, EphemeralStorage }: Described,
  { region, ownPrices }: { readonly region: string; readonly ownPrices: () => Promise<OwnRegionPrices> },
): Promise<CallCost | undefined> {
  const last = (pattern: RegExp) => Number([...logTail.matchAll(pattern)].at(-1)?.[1]);
  const billedMs = last(/(?:Billed Duration: |"billedDurationMs":)(\d+)/g);
  const memoryMb = last(/(?:Memory Size: |"memorySizeMB":)(\d+)/g);
  if (Number.isNaN(billedMs + memoryMb)) return undefined;
  const said = last(/(?:\tCost: |"costUsd":)([\d.e-]+)/g);
  if (!Number.isNaN(said)) return { billedMs, memoryMb, usd: said, prices: "report" };
  const architecture = Architectures?.[0] === "arm64" ? "arm64" : "x86_64";
  const usage = { memoryMb, tmpMb: EphemeralStorage?.Size ?? 512, architecture, region, billedMs } as const;
  const own = await ownPrices();
  const { totalUsd: usd } = own === undefined ? invocationCost(usage) : invocationCost(usage, () => own);
  return { billedMs, memoryMb, usd, prices: own === undefined ? "list" : "own" };
}

/** Of the server that the command names. undefined too where it does not tell: to who is not its operator, or since it is no lambent. */
export async function ownPricesHere(invocation: CommandInvocation, region: string): Promise<OwnRegionPrices> {
  try {
    const answer = await askServer(await placeOf(invocation), "GET", `prices?${new URLSearchParams({ region })}`);
    const { ownPrices, prices } = answer as { readonly ownPrices: boolean; readonly prices: RegionPrices };
    return ownPrices ? prices : undefined;
  } catch {
    return undefined; // what is shown says at which prices
  }
}
