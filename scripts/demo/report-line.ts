// Reads the REPORT line that closes an invocation's log: what AWS bills by.

export interface ReportLine {
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memoryMb: number;
  readonly memoryMbMax: number;
  /** Only on a cold start. */
  readonly initMs: number | undefined;
}

/** Throws when the log holds no REPORT line. */
export function reportLine(log: string): ReportLine {
  const line = log.split("\n").find((one) => one.startsWith("REPORT RequestId:"));
  if (line === undefined) throw new Error(`no REPORT line in the log:\n${log}`);
  const number = (name: string) => Number(new RegExp(`\\t(?:REPORT )?${name}: ([\\d.]+)`).exec(line)?.[1]);
  const initMs = number("Init Duration");
  return {
    durationMs: number("Duration"),
    billedMs: number("Billed Duration"),
    memoryMb: number("Memory Size"),
    memoryMbMax: number("Max Memory Used"),
    initMs: Number.isNaN(initMs) ? undefined : initMs,
  };
}
