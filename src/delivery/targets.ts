// THE TABLE of destinations by the service in their ARN. What AWS knows and lambent does not serve yet is refused by its name.

import { lambdaTarget } from "./lambda-target.ts";
import { sqsTarget } from "./sqs-target.ts";
import type { Target } from "./target.ts";

export const targets: Readonly<Record<string, Target | "not-served">> = {
  lambda: lambdaTarget,
  sqs: sqsTarget,
  sns: "not-served",
  events: "not-served",
  s3: "not-served",
};
