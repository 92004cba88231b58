// What the operations on layer versions' policies share: which version is meant, and why a change was refused.

import type { LambdaOperations } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { AdditionRefusal, RemovalRefusal } from "../permission/policy-edit.ts";
import { notFound, policyTooLong, revisionMismatch, statementExists } from "../refusals.ts";
import type { LayerVersionName } from "./layer.procs.ts";
import { checkNumber, ownLayerOf, versionNotFound } from "./layer-name.ts";

interface Naming {
  readonly LayerName: string;
  readonly VersionNumber: number;
}

export function policyOwner({ LayerName, VersionNumber }: Naming, call: Call, operation: keyof LambdaOperations): LayerVersionName {
  checkNumber(VersionNumber);
  return { ...ownLayerOf(call, operation, LayerName), number: VersionNumber };
}

export function policyRefusal(outcome: "no-version" | AdditionRefusal | RemovalRefusal, version: LayerVersionName, sid: string): Error {
  switch (outcome) {
    case "no-version":
      return versionNotFound(version);
    case "exists":
      return statementExists(sid);
    case "revision-mismatch":
      return revisionMismatch("GetLayerPolicy");
    case "too-long":
      return policyTooLong();
    case "no-policy":
      return noLayerPolicy();
    case "no-such-statement":
      return notFound(`Statement ${sid} is not found in resource policy.`);
  }
}

export function noLayerPolicy(): Error {
  return notFound("No policy is associated with the given resource.");
}
