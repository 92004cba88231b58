// The metrics of namespace AWS/Lambda and the dimensions that AWS writes each of them under.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html

import { type StoredSeries, storedSeries } from "./metric-series.ts";

export const LAMBDA_NAMESPACE = "AWS/Lambda";

/** Name → unit. */
export const lambdaMetrics = {
  Invocations: "Count",
  Errors: "Count",
  Throttles: "Count",
  Duration: "Milliseconds",
  PostRuntimeExtensionsDuration: "Milliseconds",
  ConcurrentExecutions: "Count",
  UnreservedConcurrentExecutions: "Count",
  ProvisionedConcurrentExecutions: "Count",
  ProvisionedConcurrencyUtilization: "Count",
  ProvisionedConcurrencyInvocations: "Count",
  ProvisionedConcurrencySpilloverInvocations: "Count",
  AsyncEventsReceived: "Count",
  AsyncEventAge: "Milliseconds",
  AsyncEventsDropped: "Count",
  DestinationDeliveryFailures: "Count",
  DeadLetterErrors: "Count",
  RecursiveInvocationsDropped: "Count",
  PolledEventCount: "Count",
  FilteredOutEventCount: "Count",
  InvokedEventCount: "Count",
  FailedInvokeEventCount: "Count",
  DeletedEventCount: "Count",
} as const;

export type LambdaMetric = keyof typeof lambdaMetrics;

export interface MetricPlace {
  readonly account: string;
  readonly region: string;
}

export interface MeteredFunction extends MetricPlace {
  readonly name: string;
}

type Dimensions = readonly (readonly [string, string])[];

export function lambdaSeries({ account, region }: MetricPlace, name: LambdaMetric, dimensions: Dimensions): StoredSeries {
  return storedSeries({ account, region, namespace: LAMBDA_NAMESPACE, name, unit: lambdaMetrics[name], dimensions });
}

/** Of everything in the region, of the function, and of what it was called as; of an alias also by the version that ran. */
export function dimensionsOf({ name }: MeteredFunction, invokedArn: string, version: string): readonly Dimensions[] {
  const qualifier = invokedArn.split(":")[7];
  const byName = [["FunctionName", name]] as const;
  const byResource = [...byName, ["Resource", qualifier === undefined ? name : `${name}:${qualifier}`]] as const;
  const isAlias = qualifier !== undefined && qualifier !== version;
  return [[], byName, byResource, ...(isAlias ? [[...byResource, ["ExecutedVersion", version]] as const] : [])];
}

/** The same metric under each of several dimensions, made once. */
export class SeriesFamily {
  readonly #place: MetricPlace;
  readonly #dimensions: readonly Dimensions[];
  readonly #made = new Map<LambdaMetric, readonly StoredSeries[]>();

  constructor(place: MetricPlace, dimensions: readonly Dimensions[]) {
    this.#place = place;
    this.#dimensions = dimensions;
  }

  of(metric: LambdaMetric): readonly StoredSeries[] {
    const known = this.#made.get(metric);
    if (known !== undefined) return known;
    const made = this.#dimensions.map((dimensions) => lambdaSeries(this.#place, metric, dimensions));
    this.#made.set(metric, made);
    return made;
  }
}
