// X-Amzn-Trace-Id: the caller's trace goes on with a parent of ours, or a new one begins. Its lineage has one more invocation.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader

import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import { carriedOn, lineageOf, lineageText } from "./lineage.ts";

const ROOT = /(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/;
const SAMPLED = /(?:^|;)\s*Sampled=([01])(?:;|$)/;

export interface TraceParts {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * For one invocation of the function with this ARN, whatever version: its retries keep it.
 * "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a87bd80c:0"
 */
export function traceHeaderFor(callers: string | undefined, functionArn: string, { clock, random }: TraceParts): string {
  const root = (callers && ROOT.exec(callers)?.[1]) || newRoot(clock, random);
  const sampled = (callers && SAMPLED.exec(callers)?.[1]) || "0";
  const lineage = lineageText(carriedOn(lineageOf(callers), functionArn));
  return `Root=${root};Parent=${random.hex(8)};Sampled=${sampled};${lineage}`;
}

function newRoot(clock: Clock, random: Random): string {
  const seconds = Math.floor(clock.nowMs() / 1000).toString(16);
  return `1-${seconds.padStart(8, "0")}-${random.hex(12)}`;
}
