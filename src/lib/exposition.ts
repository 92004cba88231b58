// Metrics as text for Prometheus and whatever else reads its format.
// https://prometheus.io/docs/instrumenting/exposition_formats/

import type { Histogram } from "./histogram.ts";

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export type Labels = Readonly<Record<string, string>>;

export interface MetricFamily {
  /** With its unit and, for a counter, `_total` at the end: "lambent_init_duration_seconds". */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly (readonly [labels: Labels, value: number | Histogram])[];
}

export function counter(name: string, help: string, ...samples: MetricFamily["samples"]): MetricFamily {
  return { name, help, type: "counter", samples };
}

export function gauge(name: string, help: string, ...samples: MetricFamily["samples"]): MetricFamily {
  return { name, help, type: "gauge", samples };
}

export function histogram(name: string, help: string, ...samples: MetricFamily["samples"]): MetricFamily {
  return { name, help, type: "histogram", samples };
}

/** Families without samples are left out: nothing is known of them. */
export function exposition(families: Iterable<MetricFamily>): string {
  let text = "";
  for (const { name, help, type, samples } of families) {
    if (samples.length === 0) continue;
    text += `# HELP ${name} ${escaped(help, /[\\\n]/g)}\n# TYPE ${name} ${type}\n`;
    for (const [labels, value] of samples) text += typeof value === "number" ? line(name, labels, value) : linesOf(name, labels, value);
  }
  return text;
}

function linesOf(name: string, labels: Labels, { bounds, counts, sum }: Histogram): string {
  let count = 0;
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, at) => {
    count += counts[at]!;
    return line(`${name}_bucket`, { ...labels, le: numberText(bound) }, count);
  });
  return `${buckets.join("")}${line(`${name}_sum`, labels, sum)}${line(`${name}_count`, labels, count)}`;
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text, /[\\\n"]/g)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${numberText(value)}\n`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

function escaped(text: string, special: RegExp): string {
  return text.replace(special, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
