// DeadLetterConfig: a queue that the function's role may send to. AWS does not ask whether it is there.

import type { Lambda } from "../lambda.ts";
import { invalidParameter, unsupported } from "../refusals.ts";

/** Throws InvalidParameterValueException. An empty ARN is none. */
export async function checkDeadLetters(lambda: Lambda, arn: string | undefined, roleArn: string): Promise<void> {
  if (arn === undefined || arn === "") return;
  const service = arn.split(":")[2];
  if (service !== "sqs" && service !== "sns") throw invalidParameter(`The dead-letter target ${arn} is neither a queue nor a topic.`);
  const found = await lambda.destinations.check(arn, { record: undefined, roleArn });
  if (found === "not-served") throw unsupported(`the dead-letter target ${arn}`);
  if (found === "not-allowed") throw invalidParameter("The provided execution role does not have permissions to call SendMessage on SQS");
  if (found !== "usable") throw invalidParameter(`The dead-letter queue ${arn} does not exist.`);
}
