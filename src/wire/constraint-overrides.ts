// Where AWS enforces other limits than its published model, or words a refusal in its own way. Each line with its source.

import { ServiceError } from "../lib/errors.ts";
import type { Shape } from "./model.ts";
import type { OperationPlan } from "./service-model.ts";
import type { LinkedShape } from "./shape-graph.ts";

/** `<service>.<shape>` → what replaces the model's. */
const CONSTRAINTS: Readonly<Record<string, { readonly [K in keyof Shape]?: Shape[K] | undefined }>> = {
  // Lambda quotas: the model's 32,768 MB and 5,400 s are for managed instances alone.
  "lambda.MemorySize": { max: 10_240 },
  "lambda.Timeout": { max: 900 },
  // Recorded: "Unknown Attribute X." and the like come from SQS itself.
  "sqs.QueueAttributeName": { enum: undefined },
  "sqs.MessageSystemAttributeName": { enum: undefined },
  "sqs.MessageSystemAttributeNameForSends": { enum: undefined },
};

export function overriddenConstraints(service: string, shape: LinkedShape): LinkedShape {
  const override = CONSTRAINTS[`${service}.${shape.name}`];
  return override ? { ...shape, traits: { ...shape.traits, ...override } as Shape } : shape;
}

interface Broken {
  readonly path: string;
  readonly value: unknown;
  readonly shape: LinkedShape | undefined;
  readonly constraint: string;
}

const FUNCTION_NAME_MAX = 64;

/** Checks that no shape carries. Throws ServiceError. */
export function checkBeyondModel(operation: OperationPlan, input: Record<string, unknown>): void {
  if (operation.service.name !== "lambda" || operation.name !== "CreateFunction") return;
  // Recorded: 65 characters are refused here with this code; the operations that read a function answer that there is none.
  const given = String(input.FunctionName);
  const name = given.slice(given.lastIndexOf(":") + 1);
  if (name.length <= FUNCTION_NAME_MAX) return;
  const constraint = `Member must have length less than or equal to ${FUNCTION_NAME_MAX}`;
  const message = `1 validation error detected: Value '${given}' at 'functionName' failed to satisfy constraint: ${constraint}`;
  throw new ServiceError("InvalidParameterValueException", 400, message);
}

/** A refusal whose code or wording is not the framework's; undefined for all others. */
export function overriddenRefusal(operation: OperationPlan, broken: Broken): ServiceError | undefined {
  const { service } = operation;
  if (service.name === "lambda" && broken.path === "runtime" && broken.value !== undefined) {
    // Recorded: CreateFunction with runtime PYTHON3.9; no count, no quotes.
    return new ServiceError(
      "InvalidParameterValueException",
      400,
      `Value ${broken.value} at 'runtime' failed to satisfy constraint: ${broken.constraint} or be a valid ARN`,
    );
  }
  if (service.name === "sqs" && broken.value === undefined) {
    // An empty list is nothing at all in a form.
    if (broken.path === "entries") return emptyBatch(operation.name);
    // Recorded: SendMessage without a body.
    const name = broken.path.slice(broken.path.lastIndexOf(".") + 1);
    return new ServiceError("MissingParameter", 400, `The request must contain the parameter ${name[0]!.toUpperCase()}${name.slice(1)}.`);
  }
  return undefined;
}

function emptyBatch(operation: string): ServiceError {
  return new ServiceError("EmptyBatchRequest", 400, `There should be at least one ${operation}RequestEntry in the request.`);
}
