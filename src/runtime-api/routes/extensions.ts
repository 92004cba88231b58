// The Extensions API: not offered yet, and refused by name.
// AWS: extensions register here; lambent answers 501.

import { refusal } from "../answer.ts";
import { type BodySink, discardBody } from "../body-collector.ts";
import type { Exchange } from "../connection.ts";

const notOffered = refusal(501, "Extension.NotSupported", "Extensions API is not supported");

export function refuseExtensions(exchange: Exchange): BodySink {
  return discardBody(() => exchange.answer(notOffered));
}
