// Where an alias leads: one version, or two by weight; and AWS's rules for the second one.
// https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html

import { LATEST } from "../../../functions/function-record.ts";
import type { Limits } from "../../../functions/limits.ts";
import type { AliasRoutingConfiguration } from "../../../models/lambda.ts";
import { invalidParameter, validation } from "../refusals.ts";

export interface Second {
  readonly version: string;
  /** 0 … 1. */
  readonly weight: number;
}

const VALUE_CONSTRAINT =
  "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]";
const KEY_CONSTRAINT =
  "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]";

/** undefined: the request says nothing about routing. null: no second version (any more). */
export function secondOf(routing: AliasRoutingConfiguration | undefined, limits: Limits): Second | null | undefined {
  if (routing === undefined) return undefined;
  const weights = Object.entries(routing.AdditionalVersionWeights ?? {});
  if (weights.length > limits.aliasExtraVersionsMax) {
    throw invalidParameter(`Number of items in AdditionalVersionWeights cannot be greater than ${limits.aliasExtraVersionsMax}`);
  }
  const [first] = weights;
  if (first === undefined) return null;
  const [version, weight] = first;
  const shown = `{${version}=${Number.isInteger(weight) ? weight.toFixed(1) : weight}}`;
  const member = "routingConfig.additionalVersionWeights";
  if (!/^[0-9]+$/.test(version)) throw validation(member, shown, KEY_CONSTRAINT);
  if (!(weight >= 0 && weight <= 1)) throw validation(member, shown, VALUE_CONSTRAINT);
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
