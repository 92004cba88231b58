// PUT /2022-07-01/telemetry and PUT /2020-08-15/logs: an extension subscribes to what the platform, the function and the extensions say.

import type { BodySink } from "../body-collector.ts";
import type { Exchange } from "../connection.ts";
import type { Session } from "../session.ts";
import { parseSubscription, type TelemetryApi } from "../subscription.ts";
import { smallBody } from "./extensions.ts";

export function subscribeLogs(exchange: Exchange, session: Session): BodySink {
  return subscribe(exchange, session, "logs");
}

export function subscribeTelemetry(exchange: Exchange, session: Session): BodySink {
  return subscribe(exchange, session, "telemetry");
}

function subscribe(exchange: Exchange, session: Session, api: TelemetryApi): BodySink {
  const identifier = exchange.head.headers["lambda-extension-identifier"];
  return smallBody(exchange, (body) => {
    const subscription = parseSubscription(api, body);
    return "status" in subscription
      ? (session.extensions.refusalOf(identifier) ?? subscription)
      : session.subscribe(identifier, subscription);
  });
}
