// THE TABLE of the Runtime API: method and path → what takes the request. Each entry is a file of routes/.

import { notFound, wrongMethod } from "./answer.ts";
import { type BodySink, discardBody } from "./body-collector.ts";
import type { Exchange } from "./connection.ts";
import { invocationError } from "./routes/error.ts";
import { extensionExitError, extensionInitError, nextExtensionEvent, registerExtension } from "./routes/extensions.ts";
import { initError } from "./routes/init-error.ts";
import { nextInvocation } from "./routes/next.ts";
import { ping } from "./routes/ping.ts";
import { invocationResponse } from "./routes/response.ts";
import { restoreError, restoreNext } from "./routes/restore.ts";
import { subscribeLogs, subscribeTelemetry } from "./routes/telemetry.ts";
import type { AnswerSession, Session } from "./session.ts";

export type Route = (exchange: Exchange, session: Session) => BodySink;
type AnswerRoute = (exchange: Exchange, session: AnswerSession, requestId: string) => BodySink;

interface Entry<R> {
  readonly method: string;
  readonly route: R;
}

const RUNTIME = "/2018-06-01/runtime/";
const INVOCATION = `${RUNTIME}invocation/`;

const ROUTES: ReadonlyMap<string, Entry<Route>> = table({
  [`${INVOCATION}next`]: { method: "GET", route: nextInvocation },
  [`${RUNTIME}init/error`]: { method: "POST", route: initError },
  [`${RUNTIME}restore/next`]: { method: "GET", route: restoreNext },
  [`${RUNTIME}restore/error`]: { method: "POST", route: restoreError },
  "/2018-06-01/ping": { method: "GET", route: ping },
  "/2020-01-01/extension/register": { method: "POST", route: registerExtension },
  "/2020-01-01/extension/event/next": { method: "GET", route: nextExtensionEvent },
  "/2020-01-01/extension/init/error": { method: "POST", route: extensionInitError },
  "/2020-01-01/extension/exit/error": { method: "POST", route: extensionExitError },
  "/2020-08-15/logs": { method: "PUT", route: subscribeLogs },
  "/2022-07-01/telemetry": { method: "PUT", route: subscribeTelemetry },
  "/2022-07-01/telemetry/": { method: "PUT", route: subscribeTelemetry },
});

const OF_INVOCATION: ReadonlyMap<string, Entry<AnswerRoute>> = table({
  response: { method: "POST", route: invocationResponse },
  error: { method: "POST", route: invocationError },
});

export function route(exchange: Exchange, session: Session): BodySink {
  const path = withoutQuery(exchange.head.path);
  const idEnd = endOfRequestId(path);
  if (idEnd !== undefined) return routeAnswer(exchange, session, path, idEnd);
  const found = ROUTES.get(path);
  if (found === undefined) return discardBody(() => exchange.answer(notFound));
  return refused(exchange, found) ?? found.route(exchange, session);
}

function routeAnswer(exchange: Exchange, session: Session, path: string, idEnd: number): BodySink {
  const entry = OF_INVOCATION.get(path.slice(idEnd + 1));
  if (entry === undefined) return discardBody(() => exchange.answer(notFound));
  const requestId = path.slice(INVOCATION.length, idEnd);
  return refused(exchange, entry) ?? entry.route(exchange, session.answerOf(requestId), requestId);
}

function refused(exchange: Exchange, { method }: Entry<unknown>): BodySink | undefined {
  return method === exchange.head.method ? undefined : discardBody(() => exchange.answer(wrongMethod));
}

/** Of a path below an invocation; its slash. */
function endOfRequestId(path: string): number | undefined {
  if (!path.startsWith(INVOCATION)) return undefined;
  const slash = path.lastIndexOf("/");
  return slash > INVOCATION.length ? slash : undefined;
}

/** A map: an object looks up its shared strings for every path that it has not seen, and each path with a request id is one. */
function table<E>(entries: Readonly<Record<string, E>>): ReadonlyMap<string, E> {
  return new Map(Object.entries(entries));
}

function withoutQuery(path: string): string {
  const mark = path.indexOf("?");
  return mark < 0 ? path : path.slice(0, mark);
}
