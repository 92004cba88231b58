// CreateFunctionUrlConfig: gives a function, or one of its aliases, an address that it is called at by plain HTTP.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html

import { qualifiedArn } from "../../../functions/name.ts";
import type { CreateFunctionUrlConfigRequest, CreateFunctionUrlConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { conflict, notFound } from "../refusals.ts";
import { describeUrl } from "./describe-url.ts";
import { insertUrl } from "./url.procs.ts";
import { corsText, urlOwner } from "./url-target.ts";

export async function createFunctionUrlConfig(
  input: CreateFunctionUrlConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<CreateFunctionUrlConfigResponse> {
  const owner = urlOwner(lambda, call, "CreateFunctionUrlConfig", input);
  if (owner === undefined) throw notFound("Function does not exist");
  const { record, alias } = owner;
  const nowMs = lambda.clock.nowMs();
  const row = {
    function_id: record.id,
    qualifier: alias ?? "",
    url_id: lambda.random.hex(16),
    auth_type: input.AuthType,
    invoke_mode: input.InvokeMode ?? ("BUFFERED" as const),
    cors: corsText(input.Cors) ?? null,
    created_at: nowMs,
    modified_at: nowMs,
  };
  const outcome = await lambda.database.run(insertUrl, row);
  if (outcome === "gone") throw notFound("Function does not exist");
  if (outcome === "exists") throw alreadyThere(qualifiedArn(record, alias));
  const { LastModifiedTime: _, InvokeMode, ...created } = describeUrl(record, row, call);
  return { ...created, ...(input.InvokeMode === undefined ? {} : { InvokeMode }) };
}

// The two spaces are AWS's.
function alreadyThere(arn: string): Error {
  return conflict(
    `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
  );
}
