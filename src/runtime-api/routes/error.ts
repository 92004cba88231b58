// POST /runtime/invocation/{id}/error: the handler failed. The body goes to the caller unchanged, but for the form with a cause for X-Ray.

import { accepted, tooLarge, truncated } from "../answer.ts";
import { BodyCollector, type BodySink, discardBody } from "../body-collector.ts";
import type { Exchange } from "../connection.ts";
import { validErrorType } from "../runtime-event.ts";
import type { AnswerSession } from "../session.ts";

const WITH_CAUSE = "application/vnd.aws.lambda.error.cause+json";

export function invocationError(exchange: Exchange, session: AnswerSession, requestId: string): BodySink {
  const refused = session.begin(requestId, exchange, "InvocationErrorResponse");
  if (refused !== undefined) return discardBody(() => exchange.answer(refused));
  const bytesMax = session.responseBytesMax;
  const headers = exchange.head.headers;
  const errorType = validErrorType(headers["lambda-runtime-function-error-type"]);
  return new BodyCollector({
    bytesMax,
    end: (body) => {
      exchange.answer(accepted);
      const posted = headers["content-type"] === WITH_CAUSE ? withoutCause(body) : { body, contentType: headers["content-type"] };
      session.finish({ kind: "error", errorType, ...posted });
    },
    tooLarge: () => session.finish({ kind: "too-large", bytesMax }),
    overrunEnded: (isWhole) => (isWhole ? exchange.answer(tooLarge(bytesMax)) : exchange.answerAndClose(tooLarge(bytesMax))),
    cut: () => {
      session.abandon();
      exchange.answer(truncated);
    },
  });
}

/** {errorMessage, errorType, stackTrace, errorCause}: the cause is for traces alone. Small by nature; 6 MB at the very most. */
function withoutCause(body: Buffer): { body: Buffer; contentType: string } {
  try {
    const { errorMessage, errorType, stackTrace } = JSON.parse(body.toString("utf8"));
    return { body: Buffer.from(JSON.stringify({ errorMessage, errorType, stackTrace })), contentType: "application/json" };
  } catch {
    return { body: Buffer.from('"Invalid error body"'), contentType: "application/octet-stream" };
  }
}
