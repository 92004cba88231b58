// GetLayerVersion: one version of a layer, and where to download its zip.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html

import type { GetLayerVersionRequest, GetLayerVersionResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { describeLayerVersion } from "./describe-layer.ts";
import type { LayerVersionName } from "./layer.procs.ts";
import { checkNumber, layerOf, resourceNotFound } from "./layer-name.ts";
import { readableLayer } from "./readable-layer.ts";

export async function getLayerVersion(input: GetLayerVersionRequest, call: Call, lambda: Lambda): Promise<GetLayerVersionResponse> {
  checkNumber(input.VersionNumber);
  return showLayerVersion(lambda, call, { ...layerOf(call, input.LayerName), number: input.VersionNumber });
}

export async function showLayerVersion(lambda: Lambda, call: Call, name: LayerVersionName): Promise<GetLayerVersionResponse> {
  const version = await readableLayer(lambda, call, name);
  if (version === undefined) throw resourceNotFound();
  return describeLayerVersion(lambda, call, version);
}
