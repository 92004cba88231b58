// The Extensions API, as far as runtimes use it themselves: register without events, and wait. Everything else is refused by name.

import { refusal, tooLarge } from "../answer.ts";
import { BodyCollector, type BodySink, discardBody } from "../body-collector.ts";
import type { Exchange } from "../connection.ts";
import type { RuntimeSession } from "../runtime-session.ts";

const REGISTER_BYTES_MAX = 64 * 1024;
const notOffered = refusal(501, "Extension.NotSupported", "Extensions API is not supported");
const closed = refusal(403, "Extension.RegistrationClosed", "Extension registration closed already");

export function registerExtension(exchange: Exchange, session: RuntimeSession): BodySink {
  const headers = exchange.head.headers;
  if (!session.isStarting) return discardBody(() => exchange.answer(closed));
  const wantsAccount = (headers["lambda-extension-accept-feature"] ?? "").split(",").some((feature) => feature.trim() === "accountId");
  return new BodyCollector({
    bytesMax: REGISTER_BYTES_MAX,
    end: (body) => exchange.answer(session.extensions.register(headers["lambda-extension-name"], body, wantsAccount)),
    tooLarge: () => {},
    overrunEnded: () => exchange.answerAndClose(tooLarge(REGISTER_BYTES_MAX)),
    cut: () => {},
  });
}

/** Left open: no event will ever come. */
export function nextExtensionEvent(exchange: Exchange, session: RuntimeSession): BodySink {
  return discardBody(() => {
    const refused = session.extensions.mayWait(exchange.head.headers["lambda-extension-identifier"]);
    if (refused !== undefined) exchange.answer(refused);
  });
}

export function refuseExtensionError(exchange: Exchange): BodySink {
  return discardBody(() => exchange.answer(notOffered));
}
