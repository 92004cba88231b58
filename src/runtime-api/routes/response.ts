// POST /runtime/invocation/{id}/response: the function's answer, buffered or streamed. A streamed one goes to its caller while it comes, if that
// caller reads it so; for plain Invoke it is gathered.

import { accepted, invalidResponseMode, tooLarge, truncated } from "../answer.ts";
import { BodyCollector, type BodySink, discardBody } from "../body-collector.ts";
import type { Exchange } from "../connection.ts";
import type { Headers } from "../request-head.ts";
import { type RuntimeResponse, validErrorType } from "../runtime-event.ts";
import type { AnswerSession } from "../session.ts";
import { StreamedBody } from "../streamed-body.ts";

export function invocationResponse(exchange: Exchange, session: AnswerSession, requestId: string): BodySink {
  // One that broke off has been read by the caller in part: it cannot be begun again.
  if (session.stream?.hasBegun) return discardBody(() => exchange.answer(session.refuseTransition("InvocationResponse")));
  const refused = session.begin(requestId, exchange, "InvocationResponse");
  if (refused !== undefined) return discardBody(() => exchange.answer(refused));
  const mode = exchange.head.headers["lambda-runtime-function-response-mode"];
  if (mode !== undefined && mode !== "streaming") {
    session.finish({ kind: "invalid-mode" });
    return discardBody(() => exchange.answer(invalidResponseMode));
  }
  if (mode === "streaming" && session.stream !== undefined) return pass(exchange, session, session.stream);
  return collect(exchange, session, mode === "streaming");
}

function pass(exchange: Exchange, session: AnswerSession, stream: NonNullable<AnswerSession["stream"]>): BodySink {
  const contentType = exchange.head.headers["content-type"];
  stream.begin(contentType);
  return new StreamedBody(stream, exchange, {
    ...ends(exchange, session, stream.bytesMax),
    end: (trailers) => {
      exchange.answer(accepted);
      session.finish(failureInTrailers(trailers) ?? { kind: "response", body: nothing, contentType, isStreamed: true });
    },
  });
}

function collect(exchange: Exchange, session: AnswerSession, isStreamed: boolean): BodySink {
  const bytesMax = session.responseBytesMax;
  const contentType = exchange.head.headers["content-type"];
  return new BodyCollector({
    bytesMax,
    ...ends(exchange, session, bytesMax),
    end: (body, trailers) => {
      exchange.answer(accepted);
      session.finish(failureInTrailers(trailers) ?? { kind: "response", body, contentType, isStreamed });
    },
  });
}

const nothing = Buffer.alloc(0);

function ends(exchange: Exchange, session: AnswerSession, bytesMax: number) {
  return {
    tooLarge: () => session.finish({ kind: "too-large", bytesMax }),
    overrunEnded: (isWhole: boolean) => (isWhole ? exchange.answer(tooLarge(bytesMax)) : exchange.answerAndClose(tooLarge(bytesMax))),
    cut: () => {
      session.abandon();
      exchange.answer(truncated);
    },
  };
}

/** An error in the middle of a stream comes behind it; its body is JSON in base64. */
function failureInTrailers(trailers: Headers): RuntimeResponse | undefined {
  const type = trailers["lambda-runtime-function-error-type"];
  if (type === undefined) return undefined;
  const body = Buffer.from(trailers["lambda-runtime-function-error-body"] ?? "", "base64");
  return { kind: "error", body, contentType: "application/json", errorType: validErrorType(type) };
}
