// How many requests AWS bills for what is done with messages: one for each 64 KB of a call, and a call takes ten messages at most.
// https://aws.amazon.com/sqs/pricing

const CHUNK_BYTES = 65_536;
const BATCH = 10;
/** UTF-8 takes no more bytes than this for a UTF-16 unit. */
const BYTES_PER_UNIT_MAX = 3;

/** Of one call that carries these messages; at least 1. AWS: attributes count too, which hardly ever makes a further chunk. */
export function requestsOf(messages: readonly { readonly body: string }[]): number {
  let units = 0;
  for (const { body } of messages) units += body.length;
  if (units * BYTES_PER_UNIT_MAX <= CHUNK_BYTES) return 1;
  const bytes = messages.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
  return Math.max(1, Math.ceil(bytes / CHUNK_BYTES));
}

/** Of so many receipts or messages in calls of ten; at least 1, since a call that brings nothing is billed too. */
export function batchesOf(items: readonly unknown[]): number {
  return Math.max(1, Math.ceil(items.length / BATCH));
}
