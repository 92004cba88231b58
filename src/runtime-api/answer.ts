// Renders the answers of the Runtime API to bytes.

import type { RuntimeStateName } from "./runtime-state.ts";

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Further header lines, each with its line end. */
  readonly headers?: string;
  /** The whole of it as it is sent on a connection that goes on, where that is known beforehand and ASCII. */
  readonly prepared?: string;
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  202: "Accepted",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Request Entity Too Large",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
  505: "HTTP Version Not Supported",
};

/** To every answer of every function. */
export const accepted = prepared({ status: 202, contentType: "application/json", body: '{"status":"OK"}\n' });
export const pong: Answer = { status: 200, contentType: "text/plain; charset=utf-8", body: "pong" };
export const notFound: Answer = { status: 404, contentType: "text/plain; charset=utf-8", body: "404 page not found\n" };
export const wrongMethod: Answer = { status: 405, contentType: "text/plain; charset=utf-8", body: "" };

/** The refusals of the Runtime API, with the texts of AWS's emulator. */
export const invalidRequestId = refusal(400, "InvalidRequestID", "Invalid request ID");
export const invalidInvocationId = refusal(400, "InvalidInvocationId", "Invalid invocation ID");
export const invalidResponseMode = refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode");
export const truncated = refusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated");

export const subscriptionClosed = {
  telemetry: refusal(403, "Telemetry.SubscriptionClosed", "Telemetry API subscription is closed already"),
  logs: refusal(403, "Logs.SubscriptionClosed", "Logs API subscription is closed already"),
} as const;

export function tooLarge(bytesMax: number): Answer {
  return refusal(413, "RequestEntityTooLarge", `Exceeded maximum allowed payload size (${bytesMax} bytes).`);
}

export function invalidTransition(from: RuntimeStateName, to: RuntimeStateName): Answer {
  const message = `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`;
  return refusal(403, "InvalidStateTransition", message);
}

export function refusal(status: number, errorType: string, errorMessage: string): Answer {
  return { status, contentType: "application/json", body: `${JSON.stringify({ errorMessage, errorType })}\n` };
}

/** `answer` must be ASCII. */
function prepared(answer: Answer): Answer {
  return { ...answer, prepared: render(answer, { close: false }) };
}

export function render(answer: Answer, options: { readonly close: boolean }): string {
  const connection = options.close ? "Connection: close\r\n" : "";
  return (
    `HTTP/1.1 ${answer.status} ${REASONS[answer.status] ?? "Error"}\r\nContent-Type: ${answer.contentType}\r\n${answer.headers ?? ""}` +
    `Content-Length: ${Buffer.byteLength(answer.body)}\r\n${connection}\r\n${answer.body}`
  );
}
