// Where an alias leads: one version, or two by weight; and AWS's rules for the second one.
// https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html

import { LATEST } from "../../../functions/function-record.ts";
import type { Limits } from "../../../functions/limits.ts";
import type { AliasRoutingConfiguration } from "../../../models/lambda.ts";
import { invalidParameter } from "../refusals.ts";

export interface Second {
  readonly version: string;
  /** 0 … 1. */
  readonly weight: number;
}

/** undefined: the request says nothing about routing. null: no second version (any more). */
export function secondOf(routing: AliasRoutingConfiguration | undefined, limits: Limits): Second | null | undefined {
  if (routing === undefined) return undefined;
  const weights = Object.entries(routing.AdditionalVersionWeights ?? {});
  if (weights.length > limits.aliasExtraVersionsMax) {
    throw invalidParameter(`Number of items in AdditionalVersionWeights cannot be greater than ${limits.aliasExtraVersionsMax}`);
  }
  const [first] = weights;
  if (first === undefined) return null;
  const [version, weight] = first; // the model has checked both
  return { version, weight };
}

/** Throws when main and second version cannot stand together. */
export function checkPair(version: string, second: Second | null): void {
  if (second === null) return;
  if (version === LATEST) throw invalidParameter("$LATEST is not supported for an alias pointing to more than 1 version");
  if (version === second.version) {
    throw invalidParameter(
      `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
    );
  }
}

/** As rows name versions: 0 is $LATEST. */
export function numberOf(version: string): number {
  return version === LATEST ? 0 : Number(version);
}
