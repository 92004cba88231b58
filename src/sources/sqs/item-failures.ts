// What a function says with ReportBatchItemFailures about the messages of its batch.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting

/** Message ids that failed; "all" where the answer is none that can be understood, since then nothing may be deleted. */
export type ItemFailures = ReadonlySet<string> | "all";

const NONE: ItemFailures = new Set();

/** `ids`: of the messages in the batch. */
export function itemFailures(payload: Uint8Array, ids: ReadonlySet<string>): ItemFailures {
  const answer = parse(payload);
  if (answer === null || answer === "") return NONE;
  if (typeof answer !== "object" || Array.isArray(answer)) return "all";
  const { batchItemFailures = null } = answer as { readonly batchItemFailures?: unknown };
  if (batchItemFailures === null) return NONE;
  return Array.isArray(batchItemFailures) ? named(batchItemFailures, ids) : "all";
}

function named(items: readonly unknown[], ids: ReadonlySet<string>): ItemFailures {
  const failed = new Set<string>();
  for (const item of items) {
    const id = typeof item === "object" && item !== null ? (item as { readonly itemIdentifier?: unknown }).itemIdentifier : undefined;
    if (typeof id !== "string" || !ids.has(id)) return "all";
    failed.add(id);
  }
  return failed;
}

/** undefined: it is no JSON. */
function parse(payload: Uint8Array): unknown {
  if (payload.byteLength === 0) return null;
  try {
    return JSON.parse(Buffer.from(payload).toString("utf8"));
  } catch {
    return undefined;
  }
}
