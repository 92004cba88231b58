// TestMetricFilter: which of some messages a pattern matches, and what it takes from them.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html

import type { TestMetricFilterRequest, TestMetricFilterResponse } from "../../../models/logs.ts";
import { patternOf } from "../filter-pattern.ts";

export async function testMetricFilter(input: TestMetricFilterRequest): Promise<TestMetricFilterResponse> {
  const pattern = patternOf(input.filterPattern);
  const matches = input.logEventMessages.flatMap((eventMessage, i) =>
    pattern.matches(eventMessage) ? [{ eventNumber: i + 1, eventMessage, extractedValues: pattern.extract(eventMessage) }] : [],
  );
  return { matches };
}
