// PutMetricData: values, lists of values with counts, or sums of them, added to the minute of their time.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html

import { MetricBatch } from "../../metering/metric-batch.ts";
import { storedSeries } from "../../metering/metric-series.ts";
import { putMetrics } from "../../metering/metrics.procs.ts";
import type { MetricDatum, PutMetricDataInput } from "../../models/cloudwatch.ts";
import type { Call } from "../../wire/call.ts";
import type { CloudWatch } from "./cloudwatch.ts";
import { pairsOf } from "./dimensions.ts";
import { invalidCombination, invalidValue, missing, unsupported } from "./refusals.ts";

const PAST_MS_MAX = 14 * 86_400_000;
const FUTURE_MS_MAX = 2 * 3_600_000;
const DATA_MAX = 1_000;
const VALUES_MAX = 150;
/** Of magnitudes: AWS takes ±2^360. */
const VALUE_MAX = 2 ** 360;

export async function putMetricData(input: PutMetricDataInput, call: Call, { database, clock }: CloudWatch): Promise<void> {
  if (input.EntityMetricData !== undefined) throw unsupported("EntityMetricData");
  if (input.Namespace.startsWith("AWS/")) throw invalidValue("The value AWS/ for parameter Namespace is invalid.");
  const data = input.MetricData ?? [];
  if (data.length === 0) throw missing("The parameter MetricData is required.");
  if (data.length > DATA_MAX) throw invalidValue(`The collection MetricData must not have a size greater than ${DATA_MAX}.`);
  const nowMs = clock.nowMs();
  const batch = new MetricBatch();
  for (const [index, datum] of data.entries()) addDatum(batch, datum, { namespace: input.Namespace, call, nowMs, index: index + 1 });
  await database.run(putMetrics, { ...batch.rows(), nowMs });
}

interface Around {
  readonly namespace: string;
  readonly call: Call;
  readonly nowMs: number;
  /** Of the datum, from 1: AWS's messages name it so. */
  readonly index: number;
}

function addDatum(batch: MetricBatch, datum: MetricDatum, { namespace, call, nowMs, index }: Around): void {
  if (datum.StorageResolution !== undefined && datum.StorageResolution !== 60)
    throw unsupported(`StorageResolution ${datum.StorageResolution}`);
  const atMs = datum.Timestamp?.getTime() ?? nowMs;
  const name = `MetricData.member.${index}`;
  if (!(atMs >= nowMs - PAST_MS_MAX && atMs <= nowMs + FUTURE_MS_MAX)) {
    throw invalidValue(
      `The parameter ${name}.Timestamp must specify a time no more than two weeks in the past and two hours in the future.`,
    );
  }
  const dimensions = pairsOf(datum.Dimensions);
  const { account, region } = call;
  const series = storedSeries({ account, region, namespace, name: datum.MetricName, dimensions, unit: datum.Unit ?? "None" });
  const set = datum.StatisticValues;
  const given = [datum.Value, datum.Values, set].filter((part) => part !== undefined).length;
  if (given === 0) throw missing(`The parameter ${name}.Value is required.`);
  if (given > 1)
    throw invalidCombination(`The parameters ${name}.Value, ${name}.Values and ${name}.StatisticValues are mutually exclusive.`);
  if (set !== undefined) {
    for (const value of [set.Sum, set.Minimum, set.Maximum, set.SampleCount]) checkValue(value, name);
    batch.add(series, atMs, { samples: set.SampleCount, total: set.Sum, lowest: set.Minimum, highest: set.Maximum });
    return;
  }
  const values = datum.Values ?? [datum.Value!];
  if (values.length > VALUES_MAX) throw invalidValue(`The collection ${name}.Values must not have a size greater than ${VALUES_MAX}.`);
  const counts = datum.Counts ?? values.map(() => 1);
  if (counts.length !== values.length) throw invalidValue(`The parameters ${name}.Values and ${name}.Counts must be of the same size.`);
  for (const [at, value] of values.entries()) {
    checkValue(value, name);
    batch.addValue(series, atMs, value, counts[at]!);
  }
}

function checkValue(value: number, name: string): void {
  if (Number.isFinite(value) && Math.abs(value) <= VALUE_MAX) return;
  throw invalidValue(`The value ${value} for parameter ${name}.Value is invalid.`);
}
