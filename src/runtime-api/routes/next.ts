// GET /runtime/invocation/next: waits, without a time-out, for the event that the environment delivers.

import { type BodySink, discardBody } from "../body-collector.ts";
import type { Exchange } from "../connection.ts";
import type { Session } from "../session.ts";

export function nextInvocation(exchange: Exchange, session: Session): BodySink {
  return discardBody(() => session.next(exchange));
}
