// Listings of queues by name, with the name of the last one as the token of the next page.

import type { SqsQueue } from "../../../queues/sqs-queue.ts";
import type { Call } from "../../../wire/call.ts";
import { urlOf } from "../queue-url.ts";
import { invalidParameter, invalidValue } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";

const RESULTS_MAX = 1_000;

export interface Asked {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

export interface Page {
  readonly urls: readonly string[];
  readonly NextToken?: string;
}

/** Throws InvalidParameterValue. AWS: without MaxResults there is one page, of at most 1,000 queues. */
export async function pageOf(
  { MaxResults: asked, NextToken }: Asked,
  of: { readonly region: string; readonly account: string; readonly prefix: string; readonly deadLetterName?: string },
  call: Call,
  sqs: Sqs,
): Promise<Page> {
  if (asked !== undefined && (asked < 1 || asked > RESULTS_MAX)) {
    throw invalidParameter("MaxResults", asked, `Must be between 1 and ${RESULTS_MAX}, if provided.`);
  }
  if (NextToken !== undefined && asked === undefined)
    throw invalidValue("MaxResults is a mandatory parameter when you provide a value for NextToken.");
  const limit = asked ?? RESULTS_MAX;
  const queues = await sqs.queues.list({ ...of, after: NextToken === undefined ? "" : nameOf(NextToken), limit: limit + 1 });
  const shown = queues.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = asked !== undefined && queues.length > limit && last !== undefined;
  return { urls: shown.map((queue) => urlOf(queue, call)), ...(hasMore && { NextToken: tokenOf(last) }) };
}

function tokenOf({ name }: SqsQueue): string {
  return Buffer.from(JSON.stringify({ after: name })).toString("base64");
}

function nameOf(token: string): string {
  try {
    const { after } = JSON.parse(Buffer.from(token, "base64").toString()) as { after?: unknown };
    if (typeof after === "string") return after;
  } catch {
    // as below
  }
  throw invalidValue("Invalid or expired next token.");
}
