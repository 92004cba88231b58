// POST /runtime/invocation/{id}/response: the function's answer, buffered or streamed. A streamed one is gathered too: plain Invoke buffers it.

import { accepted, invalidResponseMode, tooLarge, truncated } from "../answer.ts";
import { BodyCollector, type BodySink, discardBody } from "../body-collector.ts";
import type { Exchange } from "../connection.ts";
import type { Headers } from "../request-head.ts";
import { type RuntimeResponse, validErrorType } from "../runtime-event.ts";
import type { RuntimeSession } from "../runtime-session.ts";

export function invocationResponse(exchange: Exchange, session: RuntimeSession, requestId: string): BodySink {
  const refused = session.begin(requestId, exchange, "InvocationResponse");
  if (refused !== undefined) return discardBody(() => exchange.answer(refused));
  const mode = exchange.head.headers["lambda-runtime-function-response-mode"];
  if (mode !== undefined && mode !== "streaming") {
    session.finish({ kind: "invalid-mode" });
    return discardBody(() => exchange.answer(invalidResponseMode));
  }
  return collect(exchange, session, mode === "streaming");
}

function collect(exchange: Exchange, session: RuntimeSession, isStreamed: boolean): BodySink {
  const bytesMax = session.responseBytesMax;
  const contentType = exchange.head.headers["content-type"];
  return new BodyCollector({
    bytesMax,
    end: (body, trailers) => {
      exchange.answer(accepted);
      session.finish(failureInTrailers(trailers) ?? { kind: "response", body, contentType, isStreamed });
    },
    tooLarge: () => session.finish({ kind: "too-large" }),
    overrunEnded: (isWhole) => (isWhole ? exchange.answer(tooLarge(bytesMax)) : exchange.answerAndClose(tooLarge(bytesMax))),
    cut: () => {
      session.abandon();
      exchange.answer(truncated);
    },
  });
}

/** An error in the middle of a stream comes behind it; its body is JSON in base64. */
function failureInTrailers(trailers: Headers): RuntimeResponse | undefined {
  const type = trailers["lambda-runtime-function-error-type"];
  if (type === undefined) return undefined;
  const body = Buffer.from(trailers["lambda-runtime-function-error-body"] ?? "", "base64");
  return { kind: "error", body, contentType: "application/json", errorType: validErrorType(type) };
}
