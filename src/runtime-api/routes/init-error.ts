// POST /runtime/init/error: the runtime could not get ready; it exits after this.

import { accepted } from "../answer.ts";
import { BodyCollector, type BodySink } from "../body-collector.ts";
import type { Exchange } from "../connection.ts";
import { validErrorType } from "../runtime-event.ts";
import type { Session } from "../session.ts";

export function initError(exchange: Exchange, session: Session): BodySink {
  const errorType = validErrorType(exchange.head.headers["lambda-runtime-function-error-type"]);
  const end = (body: Buffer) => exchange.answer(session.initError({ body, errorType }) ?? accepted);
  let isTooLarge = false;
  return new BodyCollector({
    bytesMax: session.responseBytesMax,
    end: (body) => end(body),
    tooLarge: () => {
      isTooLarge = true;
    },
    overrunEnded: () =>
      isTooLarge ? exchange.answerAndClose(session.initError({ body: Buffer.alloc(0), errorType }) ?? accepted) : undefined,
    cut: () => {}, // the runtime's exit says the rest
  });
}
