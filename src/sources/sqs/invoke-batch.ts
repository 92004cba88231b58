// One batch and its invocation: what came of each message. A throttled batch is tried again for as long as its messages are leased, so that a
// throttle costs a message one receive per visibility timeout, as on AWS.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-backoff-strategy

import { functionArn } from "../../functions/name.ts";
import type { InvocationResult } from "../../invoke/invocation.ts";
import { lineageOf } from "../../invoke/lineage.ts";
import { traceHeaderFor } from "../../invoke/trace-header.ts";
import { ServiceError } from "../../lib/errors.ts";
import type { Mapping } from "../mapping.ts";
import type { SourceParts } from "../source.ts";
import { payloadOf, type Taken } from "./batch.ts";
import { type ItemFailures, itemFailures } from "./item-failures.ts";

const PAUSE_MS_FIRST = 250;
const PAUSE_MS_MAX = 10_000;

export interface BatchInvocation {
  readonly mapping: Mapping;
  readonly batch: readonly Taken[];
  readonly parts: SourceParts;
  /** Waits so long, during which the batch counts as throttled. False: it is to be given up. */
  readonly pause: (ms: number) => Promise<boolean>;
}

export async function invokeBatch({ mapping, batch, parts, pause }: BatchInvocation): Promise<ItemFailures> {
  const { account, region, functionName: name } = mapping;
  const arn = functionArn({ account, region, name });
  const traceHeader = traceHeaderFor(callersTrace(batch), arn, parts);
  // The message stays, and comes back until the queue's redrive policy ends it: so AWS.
  if (parts.recursion.stops({ account, region, name }, arn, traceHeader)) return "all";
  const payload = payloadOf(batch);
  const leaseEndsMs = Math.min(...batch.map((taken) => taken.leaseEndsMs));
  for (let pauseMs = PAUSE_MS_FIRST; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    const result = await attempt(mapping, payload, traceHeader, parts);
    if (result !== "throttled") return failuresOf(mapping, batch, result);
    const jittered = pauseMs * (0.5 + parts.random.unit() / 2);
    if (performance.now() + jittered >= leaseEndsMs || !(await pause(jittered))) return "all";
  }
}

/** undefined: the invocation failed without the function's doing, and would again. */
async function attempt(
  { account, region, functionName: name, qualifier }: Mapping,
  payload: Buffer,
  traceHeader: string,
  { catalogue, invoker, random, warn }: SourceParts,
): Promise<InvocationResult | "throttled" | undefined> {
  try {
    const { version, invokedArn } = catalogue.resolve({ account, region, name }, qualifier, random.unit());
    return await invoker.invoke({ requestId: random.uuid(), version, invokedArn, payload, traceHeader, tail: false });
  } catch (error) {
    if (error instanceof ServiceError) return isForLater(error) ? "throttled" : undefined;
    warn(`A batch for ${name} could not be handed over`, error);
    return undefined;
  }
}

/** Throttled, a function that is still being made (409), a fault of the platform. */
function isForLater({ status }: ServiceError): boolean {
  return status === 429 || status === 409 || status >= 500;
}

function failuresOf({ settings }: Mapping, batch: readonly Taken[], result: InvocationResult | undefined): ItemFailures {
  if (result === undefined || result.functionError !== undefined) return "all";
  if (!settings.reportsItemFailures) return new Set();
  return itemFailures(result.payload, new Set(batch.map(({ message }) => message.messageId)));
}

/** Of all messages, the one whose chain of requests has come back most often: no loop goes unseen behind another message. */
function callersTrace(batch: readonly Taken[]): string | undefined {
  let chosen: string | undefined;
  for (const { message } of batch) {
    const header = message.systemAttributes.AWSTraceHeader;
    if (header === undefined) continue;
    if (chosen === undefined || roundsOf(header) > roundsOf(chosen)) chosen = header;
  }
  return chosen;
}

function roundsOf(header: string): number {
  return lineageOf(header)?.rounds ?? -1;
}
