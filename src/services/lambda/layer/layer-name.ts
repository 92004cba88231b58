// Layers as callers name them, plain or by ARN, and their ARNs.
// https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html

import { partitionOf } from "../../../functions/name.ts";
import { ServiceError } from "../../../lib/errors.ts";
import type { LambdaOperations } from "../../../models/lambda.ts";
import type { Caller } from "../../../wire/call.ts";
import { invalidParameter, notFound } from "../refusals.ts";
import type { LayerName, LayerVersionName } from "./layer.procs.ts";

const ARN = /^arn:[^:]+:lambda:([^:]+):(\d{12}):layer:([^:]+)(?::(\d+))?$/;

/** Of a LayerName parameter. A layer of another region is not to be found here. */
export function layerOf(here: Pick<Caller, "account" | "region">, text: string): LayerName {
  const { account, region } = here;
  const found = ARN.exec(text);
  if (found === null) return { account, region, name: text };
  const [, otherRegion = "", otherAccount = "", name = ""] = found;
  if (otherRegion !== region) throw resourceNotFound();
  return { account: otherAccount, region, name };
}

/** For operations that only the owner may do: no policy can open them to others. */
export function ownLayerOf(here: Caller, operation: keyof LambdaOperations, text: string): LayerName {
  const layer = layerOf(here, text);
  if (layer.account !== here.account) throw notAllowed(here, operation, layerArn(layer));
  return layer;
}

export function checkNumber(number: number): void {
  if (number < 1) throw invalidParameter("Layer Version Cannot be less than 1");
}

/** The model has checked its form. Layers of AWS's own ("awslayer") have another one. */
export function parseLayerVersionArn(arn: string): LayerVersionName {
  const found = ARN.exec(arn);
  if (found?.[4] === undefined) throw invalidParameter(`lambent does not have AWS's own layers: ${arn}.`);
  const [, region = "", account = "", name = "", number] = found;
  return { account, region, name, number: Number(number) };
}

export function layerArn({ account, region, name }: LayerName): string {
  return `arn:${partitionOf(region)}:lambda:${region}:${account}:layer:${name}`;
}

export function layerVersionArn(version: LayerVersionName): string {
  return `${layerArn(version)}:${version.number}`;
}

export function notAllowed(here: Caller, operation: keyof LambdaOperations, arn: string): ServiceError {
  const action = `lambda:${operation}`;
  const message = `User: ${here.principalArn} is not authorized to perform: ${action} on resource: ${arn} because no resource-based policy allows the ${action} action`;
  return new ServiceError("AccessDeniedException", 403, message);
}

export function resourceNotFound(): ServiceError {
  return notFound("The resource you requested does not exist.");
}

export function versionNotFound(version: LayerVersionName): ServiceError {
  return notFound(`Layer version ${layerVersionArn(version)} does not exist.`);
}
