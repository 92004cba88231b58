// A request to the Telemetry API or to the Logs API before it: what an extension wants to get, where, in which batches. Bounds and texts of
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html; texts that AWS does not document are ours.

import { type Answer, refusal } from "./answer.ts";

export type TelemetryApi = "telemetry" | "logs";
export type TelemetryType = "platform" | "function" | "extension";

export interface Subscription {
  readonly api: TelemetryApi;
  readonly schemaVersion: string;
  readonly types: readonly TelemetryType[];
  readonly destination: {
    readonly protocol: "HTTP" | "TCP";
    readonly port: number;
    readonly path: string;
    readonly method: "POST" | "PUT";
  };
  readonly buffering: Buffering;
}

export interface Buffering {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

const SCHEMA_VERSIONS: Readonly<Record<TelemetryApi, readonly string[]>> = {
  telemetry: ["2022-07-01", "2022-12-13", "2025-01-29"],
  logs: ["2020-08-15", "2021-03-18"],
};
const TYPES: readonly string[] = ["platform", "function", "extension"];
const HOSTS = ["sandbox.localdomain", "sandbox"];
/** AWS's own, for the Runtime API. */
const RESERVED_PORT = 9001;
const BUFFERING = {
  maxItems: { min: 1000, max: 10_000, byDefault: 10_000 },
  maxBytes: { min: 262_144, max: 1_048_576, byDefault: 262_144 },
  timeoutMs: { min: 25, max: 30_000, byDefault: 1000 },
} as const;

export function parseSubscription(api: TelemetryApi, body: Buffer): Subscription | Answer {
  const problems: string[] = [];
  const request = objectOf(body);
  if (request === undefined) return invalid(api, ["request body is not a JSON object"]);
  const subscription = {
    api,
    schemaVersion: schemaVersionOf(api, request.schemaVersion, problems),
    destination: destinationOf(request.destination, problems),
    types: typesOf(request.types, problems),
    buffering: bufferingOf(request.buffering, problems),
  };
  return problems.length > 0 ? invalid(api, problems) : subscription;
}

function invalid(api: TelemetryApi, problems: readonly string[]): Answer {
  return refusal(400, api === "logs" ? "Logs.ValidationError" : "ValidationError", problems.join("; "));
}

function objectOf(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function schemaVersionOf(api: TelemetryApi, value: unknown, problems: string[]): string {
  const known = SCHEMA_VERSIONS[api];
  if (value === undefined && api === "logs") return known[0]!;
  if (!known.includes(String(value))) problems.push(`schemaVersion should be one of ${known.join(", ")}`);
  return String(value);
}

function destinationOf(value: unknown, problems: string[]): Subscription["destination"] {
  const { protocol, URI: uri, port: plainPort, method } = (value ?? {}) as Record<string, unknown>;
  if (protocol !== "HTTP" && protocol !== "TCP") problems.push("protocol should be HTTP or TCP");
  const url = URL.parse(String(uri));
  const port = Number(url?.port || (protocol === "TCP" ? plainPort : Number.NaN));
  if (protocol !== "TCP" && (url?.protocol !== "http:" || !HOSTS.includes(url.hostname)))
    problems.push(`URI should be http://${HOSTS[0]}:<port>`);
  if (!(port > 0 && port < 65_536)) problems.push("URI port is not provided");
  if (port === RESERVED_PORT) problems.push(`port ${RESERVED_PORT} is reserved`);
  const path = `${url?.pathname ?? "/"}${url?.search ?? ""}`;
  return { protocol: protocol === "TCP" ? "TCP" : "HTTP", port, path, method: method === "PUT" ? "PUT" : "POST" };
}

function typesOf(value: unknown, problems: string[]): readonly TelemetryType[] {
  const types = Array.isArray(value) ? value.map(String) : [];
  if (types.length === 0) problems.push("types should not be empty");
  const unknown = types.filter((type) => !TYPES.includes(type));
  if (unknown.length > 0) problems.push(`types should be platform, function or extension, not ${unknown.join(", ")}`);
  return [...new Set(types)] as TelemetryType[];
}

function bufferingOf(value: unknown, problems: string[]): Buffering {
  const given = (value ?? {}) as Record<string, unknown>;
  const numberOf = (name: keyof Buffering): number => {
    const { min, max, byDefault } = BUFFERING[name];
    const number = given[name] ?? byDefault;
    if (Number.isInteger(number) && Number(number) >= min && Number(number) <= max) return Number(number);
    problems.push(`${name} should be between ${min} and ${max}`);
    return byDefault;
  };
  return { maxItems: numberOf("maxItems"), maxBytes: numberOf("maxBytes"), timeoutMs: numberOf("timeoutMs") };
}
