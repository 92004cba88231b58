// GetLayerVersionByArn: GetLayerVersion for whoever has its ARN.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html

import type { GetLayerVersionByArnRequest, GetLayerVersionResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { showLayerVersion } from "./get-layer-version.ts";
import { checkNumber, parseLayerVersionArn, resourceNotFound } from "./layer-name.ts";

export async function getLayerVersionByArn(
  input: GetLayerVersionByArnRequest,
  call: Call,
  lambda: Lambda,
): Promise<GetLayerVersionResponse> {
  const name = parseLayerVersionArn(input.Arn);
  if (name.region !== call.region) throw resourceNotFound();
  checkNumber(name.number);
  return showLayerVersion(lambda, call, name);
}
