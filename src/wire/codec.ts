// What every protocol's codec does; the codecs themselves are one file per protocol.

import type { ServiceError } from "../lib/errors.ts";
import type { WireRequest, WireResponse } from "./message.ts";
import type { OperationPlan, ServiceModel } from "./service-model.ts";

export interface Codec {
  /** The protocol's name in logs and health output. */
  readonly name: string;
  /** The typed input, not yet validated. Throws MalformedRequest. */
  readInput(operation: OperationPlan, request: WireRequest): Record<string, unknown>;
  writeOutput(operation: OperationPlan, output: Record<string, unknown>, context: ResponseContext): WireResponse;
  /** `service` is undefined when the request could not be told to be one of ours. */
  writeError(error: ServiceError, service: ServiceModel | undefined, context: ResponseContext): WireResponse;
}

export interface ResponseContext {
  readonly requestId: string;
}
