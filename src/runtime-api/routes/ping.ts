// GET /ping: is the Runtime API there?

import { pong } from "../answer.ts";
import { type BodySink, discardBody } from "../body-collector.ts";
import type { Exchange } from "../connection.ts";

export function ping(exchange: Exchange): BodySink {
  return discardBody(() => exchange.answer(pong));
}
