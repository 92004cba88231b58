// PUT /logs and /telemetry: not offered yet. AWS's emulator answers so where it has no telemetry: 202 with an error that names what is missing.

import { refusal } from "../answer.ts";
import { type BodySink, discardBody } from "../body-collector.ts";
import type { Exchange } from "../connection.ts";

const noLogs = refusal(202, "Logs.NotSupported", "Logs API is not supported");
const noTelemetry = refusal(202, "Telemetry.NotSupported", "Telemetry API is not supported");

export function refuseLogs(exchange: Exchange): BodySink {
  return discardBody(() => exchange.answer(noLogs));
}

export function refuseTelemetry(exchange: Exchange): BodySink {
  return discardBody(() => exchange.answer(noTelemetry));
}
