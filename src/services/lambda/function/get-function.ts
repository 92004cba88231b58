// GetFunction: a version's configuration, where to download its code, and the function's tags and reserved concurrency.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html

import { qualifiedArn } from "../../../functions/name.ts";
import type { GetFunctionRequest, GetFunctionResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { describeFunction } from "./describe-function.ts";
import { targetOf, versionOf } from "./target.ts";

export async function getFunction(input: GetFunctionRequest, call: Call, lambda: Lambda): Promise<GetFunctionResponse> {
  const target = await targetOf(lambda, call, "GetFunction", input);
  const { named, record } = target;
  const version = versionOf(target);
  const { reserved } = record.concurrency;
  return {
    Configuration: describeFunction(record, version, qualifiedArn(record, named.qualifier)),
    Code: { RepositoryType: "S3", Location: lambda.codeUrls.sign(version.code.key, call) },
    ...(record.tags.size === 0 ? {} : { Tags: Object.fromEntries(record.tags) }),
    ...(reserved === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: reserved } }),
  };
}
