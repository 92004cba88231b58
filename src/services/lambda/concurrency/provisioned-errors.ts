// Why something cannot be provisioned, in AWS's words.

import { ServiceError } from "../../../lib/errors.ts";
import { conflict, invalidParameter } from "../refusals.ts";
import type { Provisioned } from "./concurrency.procs.ts";

/** Refusals that say nothing about the request. */
export type PlainRefusal = Extract<
  Provisioned["outcome"],
  "unpublished" | "weighted" | "version-is-provisioned" | "alias-is-provisioned" | "above-reserved"
>;

export function provisionedRefusal(outcome: PlainRefusal): Error {
  switch (outcome) {
    case "unpublished":
      return invalidParameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
    case "weighted":
      return invalidParameter("Alias with weights can not be used with Provisioned Concurrency");
    case "version-is-provisioned":
      return conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
    case "alias-is-provisioned":
      return conflict("Version is pointed by a Provisioned Concurrency alias");
    case "above-reserved":
      return invalidParameter("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function");
  }
}

export function nothingProvisioned(): Error {
  const message = "No Provisioned Concurrency Config found for this function";
  return new ServiceError("ProvisionedConcurrencyConfigNotFoundException", 404, message);
}

/** A function as a whole, and $LATEST, have none to be asked for. */
export function notProvisionable(): Error {
  return invalidParameter("The function resource provided must be an alias or a published version.");
}
