// Requests answered since this process began: how many with which status, and how long they took, by the service that they were for.

import { Histogram } from "../lib/histogram.ts";

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

export interface ServiceTotals {
  /** By status. */
  readonly answers: Map<number, number>;
  readonly durations: Histogram;
}

export class RequestTotals {
  /** By the name of the service; "" for function URLs and routes of our own. */
  readonly services = new Map<string, ServiceTotals>();

  answered({
    service = "",
    status,
    durationMs,
  }: {
    readonly service: string | undefined;
    readonly status: number;
    readonly durationMs: number;
  }): void {
    const totals = this.services.get(service) ?? { answers: new Map(), durations: new Histogram(SECONDS) };
    this.services.set(service, totals);
    totals.answers.set(status, (totals.answers.get(status) ?? 0) + 1);
    totals.durations.add(durationMs / 1_000);
  }
}
