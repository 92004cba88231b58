// How a ServiceError appears in a service's own model: code, name of the text's member, further members, whose fault.

import type { ServiceError } from "../lib/errors.ts";
import { MalformedRequest } from "./malformed.ts";
import type { ServiceModel } from "./service-model.ts";
import type { LinkedShape } from "./shape-graph.ts";

export interface RenderedError {
  /** The class: "NoSuchEntityException". */
  readonly className: string;
  /** The code of the query protocols: "NoSuchEntity". */
  readonly queryCode: string;
  readonly status: number;
  readonly isSender: boolean;
  /** "message" or "Message", as the error's class has it. */
  readonly messageKey: string;
  readonly shape: LinkedShape | undefined;
}

/** Recorded: errors outside the models that carry their text under "Message". */
const CAPITAL_MESSAGE = new Set(["AccessDeniedException", "RequestEntityTooLargeException"]);

export function describeError(error: ServiceError, service: ServiceModel | undefined): RenderedError {
  const shape = service?.error(error.code);
  const traits = shape?.traits;
  const status = error instanceof MalformedRequest ? error.status : (traits?.error?.httpStatusCode ?? error.status);
  const message = shape?.members.find((member) => member.name.toLowerCase() === "message");
  return {
    className: shape?.name ?? error.code,
    queryCode: traits?.error?.code ?? error.code,
    status,
    isSender: traits?.error?.senderFault ?? (traits?.fault ? false : status < 500),
    messageKey: message?.wireName ?? (CAPITAL_MESSAGE.has(error.code) ? "Message" : "message"),
    shape,
  };
}
