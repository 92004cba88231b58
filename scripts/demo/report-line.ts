// Reads the REPORT line that closes an invocation's log: what AWS bills by.

import { hostArchitecture } from "../../src/cli/project/function-package.ts";
import { costPerMillion } from "../../src/metering/cost.ts";

export interface ReportLine {
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memoryMb: number;
  readonly memoryMbMax: number;
  /** Only on a cold start. */
  readonly initMs: number | undefined;
  /** Of a million invocations that are billed as long. */
  readonly usdPerMillion: number;
}

/** Throws when the log holds no REPORT line. */
export function reportLine(log: string, region: string): ReportLine {
  const line = log.split("\n").find((one) => one.startsWith("REPORT RequestId:"));
  if (line === undefined) throw new Error(`no REPORT line in the log:\n${log}`);
  const number = (name: string) => Number(new RegExp(`\\t(?:REPORT )?${name}: ([\\d.]+)`).exec(line)?.[1]);
  const initMs = number("Init Duration");
  const [billedMs, memoryMb] = [number("Billed Duration"), number("Memory Size")];
  return {
    durationMs: number("Duration"),
    billedMs,
    memoryMb,
    memoryMbMax: number("Max Memory Used"),
    initMs: Number.isNaN(initMs) ? undefined : initMs,
    usdPerMillion: costPerMillion({ billedMs, memoryMb, tmpMb: 512, architecture: hostArchitecture(), region }).totalUsd,
  };
}
