// The Extensions API, /2020-01-01/extension: register, wait for events, report an error. What the calls mean is extension-registry.ts's business.

import { type Answer, tooLarge } from "../answer.ts";
import { BodyCollector, type BodySink, discardBody } from "../body-collector.ts";
import type { Exchange } from "../connection.ts";
import type { Session } from "../session.ts";

const REGISTER_BYTES_MAX = 64 * 1024;
const IDENTIFIER = "lambda-extension-identifier";

export function registerExtension(exchange: Exchange, session: Session): BodySink {
  const headers = exchange.head.headers;
  const wantsAccount = (headers["lambda-extension-accept-feature"] ?? "").split(",").some((feature) => feature.trim() === "accountId");
  return smallBody(exchange, (body) =>
    session.extensions.register({ name: headers["lambda-extension-name"], body, wantsAccount, isClosed: !session.isStarting }),
  );
}

/** Without a time-out, like /next of the runtime. */
export function nextExtensionEvent(exchange: Exchange, session: Session): BodySink {
  return discardBody(() => session.extensions.next(exchange.head.headers[IDENTIFIER], exchange));
}

export function extensionInitError(exchange: Exchange, session: Session): BodySink {
  return failure(exchange, session, "InitError");
}

export function extensionExitError(exchange: Exchange, session: Session): BodySink {
  return failure(exchange, session, "ExitError");
}

/** The body, which says more for people, may be left out. */
function failure(exchange: Exchange, session: Session, to: "InitError" | "ExitError"): BodySink {
  const headers = exchange.head.headers;
  return discardBody(() =>
    exchange.answer(session.extensions.fail(headers[IDENTIFIER], to, headers["lambda-extension-function-error-type"])),
  );
}

/** Answers a request whose body is JSON of moderate size. */
export function smallBody(exchange: Exchange, answer: (body: Buffer) => Answer): BodySink {
  return new BodyCollector({
    bytesMax: REGISTER_BYTES_MAX,
    end: (body) => exchange.answer(answer(body)),
    tooLarge: () => {},
    overrunEnded: () => exchange.answerAndClose(tooLarge(REGISTER_BYTES_MAX)),
    cut: () => {},
  });
}
