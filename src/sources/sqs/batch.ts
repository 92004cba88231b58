// Messages on their way to the function, and which of them go into one event: no more than the batch size, and no more than fit into a request.

import type { SqsMessage } from "../../queues/message.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching */
const PAYLOAD_BYTES_MAX = 6_291_456;
const FRAME_BYTES = Buffer.byteLength('{"Records":[]}');

export interface Taken {
  readonly message: SqsMessage;
  /** Its record, as JSON. */
  readonly text: string;
  readonly bytes: number;
  /** When somebody else may get it, on performance.now(). */
  readonly leaseEndsMs: number;
}

export interface Cut {
  readonly batch: readonly Taken[];
  readonly rest: readonly Taken[];
  /** Nothing more would go into the batch. */
  readonly isFull: boolean;
}

/** A record goes along even if it is larger than a request may be: nothing can make it smaller, and the function's error is the answer. */
export function cut(taken: readonly Taken[], batchSize: number): Cut {
  let bytes = FRAME_BYTES;
  let count = 0;
  for (const { bytes: more } of taken) {
    if (count === batchSize || (count > 0 && bytes + more + 1 > PAYLOAD_BYTES_MAX)) break;
    bytes += more + 1; // the comma
    count++;
  }
  const rest = taken.slice(count);
  return { batch: taken.slice(0, count), rest, isFull: count >= batchSize || rest.length > 0 };
}

export function payloadOf(batch: readonly Taken[]): Buffer {
  return Buffer.from(`{"Records":[${batch.map(({ text }) => text).join(",")}]}`);
}
