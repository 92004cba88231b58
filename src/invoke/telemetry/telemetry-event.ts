// One thing that telemetry tells of, and how each API and version of its schema writes it.

import type { Subscription, TelemetryType } from "../../runtime-api/subscription.ts";

export interface TelemetryEvent {
  readonly timeMs: number;
  readonly kind: TelemetryType;
  /** "platform.start", "function" … */
  readonly type: string;
  /** A line, or what the platform's record holds. */
  readonly record: object | string;
}

/** AWS: told to subscribers of the Logs API alone. */
const LOGS_ONLY: readonly string[] = ["platform.end", "platform.fault", "platform.logsSubscription"];
/** What the Logs API knew; runtimeDone and the init came with 2021-03-18. */
const LOGS_TYPES: readonly string[] = [...LOGS_ONLY, "platform.start", "platform.report", "platform.extension", "platform.logsDropped"];
const LOGS_TYPES_2021: readonly string[] = [...LOGS_TYPES, "platform.runtimeDone", "platform.initRuntimeDone", "platform.initReport"];

/** JSON text; undefined for what this subscriber does not get. */
export function renderEvent(
  event: TelemetryEvent,
  subscription: Pick<Subscription, "api" | "schemaVersion" | "types">,
): string | undefined {
  if (!subscription.types.includes(event.kind) || !isKnown(event, subscription)) return undefined;
  const time = new Date(event.timeMs).toISOString();
  return JSON.stringify({ time, type: event.type, record: recordFor(event, subscription) });
}

function isKnown({ kind, type }: TelemetryEvent, { api, schemaVersion }: Pick<Subscription, "api" | "schemaVersion">): boolean {
  if (kind !== "platform") return true;
  if (api === "telemetry") return !LOGS_ONLY.includes(type);
  return (schemaVersion === "2021-03-18" ? LOGS_TYPES_2021 : LOGS_TYPES).includes(type);
}

/** Lines that are JSON objects are told as objects, but for schemas from before 2022-12-13. */
function recordFor({ kind, record }: TelemetryEvent, { api, schemaVersion }: Pick<Subscription, "api" | "schemaVersion">): unknown {
  const keepsText = api === "logs" || schemaVersion === "2022-07-01";
  if (kind === "platform" || keepsText || typeof record !== "string" || !record.startsWith("{")) return record;
  try {
    return JSON.parse(record);
  } catch {
    return record;
  }
}
