// When what happened in an invocation, for the Telemetry API: made only where somebody subscribed.

import type { InvocationDetails, Span } from "./platform-records.ts";
import { rounded } from "./platform-records.ts";
import type { Run } from "./run.ts";

/** `runtimeMs`: from the start until the runtime was at /next. */
export function runtimeDoneDetails(run: Run, runtimeMs: number, nowMs: number): InvocationDetails {
  const answeredMs = run.answeredMs === undefined ? undefined : run.answeredMs - run.startedMs;
  if (answeredMs === undefined) return { tracing: tracingOf(run) };
  const startedAtMs = startOf(run, nowMs);
  const { begunMs } = run.invocation.stream ?? {};
  const latencyMs = begunMs === undefined ? answeredMs : begunMs - run.startedMs;
  const spans: Span[] = [
    span("responseLatency", startedAtMs, latencyMs),
    span("responseDuration", startedAtMs + latencyMs, answeredMs - latencyMs),
    span("runtimeOverhead", startedAtMs + answeredMs, Math.max(0, runtimeMs - answeredMs)),
  ];
  return { spans, producedBytes: run.producedBytes, tracing: tracingOf(run) };
}

export function reportDetails(run: Run, nowMs: number): InvocationDetails {
  const { runtimeMs } = run;
  if (runtimeMs === undefined) return { tracing: tracingOf(run) };
  const overhead = span("extensionOverhead", startOf(run, nowMs) + runtimeMs, Math.max(0, run.durationMs - runtimeMs));
  return { spans: [overhead], tracing: tracingOf(run) };
}

export function tracingOf({ invocation: { traceHeader } }: Run): object | undefined {
  return traceHeader === undefined ? undefined : { type: "X-Amzn-Trace-Id", value: traceHeader };
}

function startOf(run: Run, nowMs: number): number {
  return nowMs - (performance.now() - run.startedMs);
}

function span(name: Span["name"], startMs: number, durationMs: number): Span {
  return { name, start: new Date(startMs).toISOString(), durationMs: rounded(durationMs) };
}
