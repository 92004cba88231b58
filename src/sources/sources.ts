// THE TABLE of event sources by the service in their ARN. What AWS polls and lambent does not is refused by its name.

import type { Source } from "./source.ts";
import { SqsPoller } from "./sqs/poller.ts";

export interface NotServed {
  readonly notServed: string;
}

export const sources: Readonly<Record<string, Source | NotServed>> = {
  sqs: { poll: (mapping, parts) => new SqsPoller(mapping, parts) },
  kinesis: { notServed: "Kinesis" },
  dynamodb: { notServed: "DynamoDB Streams" },
  kafka: { notServed: "Amazon MSK" },
  mq: { notServed: "Amazon MQ" },
  rds: { notServed: "Amazon DocumentDB" },
};

/** undefined: AWS does not poll such a thing. */
export function sourceOf(arn: string): Source | NotServed | undefined {
  const service = arn.split(":")[2] ?? "";
  return Object.hasOwn(sources, service) ? sources[service] : undefined;
}
