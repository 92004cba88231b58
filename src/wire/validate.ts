// The model's constraints, checked in one walk over an input, and refused in AWS's words and the service's own code.

import { ServiceError } from "../lib/errors.ts";
import { type Constraint, constraintsOf } from "./constraint.ts";
import { checkBeyondModel, overriddenConstraints, overriddenRefusal } from "./constraint-overrides.ts";
import type { OperationPlan } from "./service-model.ts";
import type { LinkedShape, Member } from "./shape-graph.ts";

type Bag = Record<string, unknown>;

interface Violation {
  /** "targets.1.member.id" */
  readonly path: string;
  readonly value: unknown;
  readonly shape: LinkedShape | undefined;
  /** "Member must not be null" */
  readonly constraint: string;
}

/** More would make an answer longer than its request deserves. */
const VIOLATIONS_MAX = 20;

/** Remembers each shape's constraints: one instance serves all requests. */
export class Validator {
  readonly #constraints = new Map<LinkedShape, readonly Constraint[]>();

  /** Throws ServiceError with the service's code and AWS's text if the input breaks the model's constraints. */
  validate(operation: OperationPlan, input: Bag): void {
    if (!operation.input) return;
    const found: Violation[] = [];
    this.#members(operation.input, input, "", { operation, found });
    if (found.length > 0) throw refusal(operation, found);
    checkBeyondModel(operation, input);
  }

  #members(shape: LinkedShape, value: Bag, prefix: string, walk: Walk): void {
    for (const member of shape.members) {
      const inner = value[member.name];
      if (inner !== undefined && inner !== null) this.#value(member, inner, prefix + lowerFirst(member.name), walk);
      else if (member.required && !isGenerated(member))
        report(walk, { path: prefix + lowerFirst(member.name), value: undefined, shape: undefined, constraint: NOT_NULL });
    }
  }

  #value(member: Member, value: unknown, path: string, walk: Walk): void {
    const { shape } = member;
    if (shape.traits.eventstream || isStream(value)) return;
    for (const constraint of this.#of(shape, walk))
      if (!constraint.isMet(value)) report(walk, { path, value, shape, constraint: constraint.text });
    if (shape.type === "structure") this.#members(shape, value as Bag, `${path}.`, walk);
    else if (shape.type === "list") this.#list(shape, value as unknown[], path, walk);
    else if (shape.type === "map") this.#map(shape, value as Bag, path, walk);
  }

  #list(shape: LinkedShape, value: readonly unknown[], path: string, walk: Walk): void {
    const element = shape.element!;
    if (isCompound(element.shape))
      for (const [index, one] of value.entries()) this.#compound(element, one, `${path}.${index + 1}.member`, walk);
    else this.#scalars(element.shape, value, { path, value, shape, intro: "Member must satisfy constraint" }, walk);
  }

  #map(shape: LinkedShape, value: Bag, path: string, walk: Walk): void {
    const [key, item] = [shape.key!, shape.value!];
    this.#scalars(key.shape, Object.keys(value), { path, value, shape, intro: "Map keys must satisfy constraint" }, walk);
    if (isCompound(item.shape)) for (const [name, one] of Object.entries(value)) this.#compound(item, one, `${path}.${name}.member`, walk);
    else this.#scalars(item.shape, Object.values(value), { path, value, shape, intro: "Map value must satisfy constraint" }, walk);
  }

  #compound(member: Member, value: unknown, path: string, walk: Walk): void {
    if (value === null || value === undefined) report(walk, { path, value: undefined, shape: undefined, constraint: NOT_NULL });
    else this.#value(member, value, path, walk);
  }

  /** AWS: one sentence for the whole collection, naming every constraint of its elements, whichever of them is broken. */
  #scalars(element: LinkedShape, values: readonly unknown[], at: Collection, walk: Walk): void {
    const constraints = this.#of(element, walk);
    const isBad = values.some(
      (value) => value === null || value === undefined || constraints.some((constraint) => !constraint.isMet(value)),
    );
    if (!isBad) return;
    const texts = constraints
      .map((constraint) => constraint.text)
      .sort((a, b) => Number(a.includes("pattern")) - Number(b.includes("pattern")));
    if (element.traits.pattern === undefined) texts.push(NOT_NULL);
    report(walk, { path: at.path, value: at.value, shape: at.shape, constraint: `${at.intro}: [${texts.join(", ")}]` });
  }

  #of(shape: LinkedShape, walk: Walk): readonly Constraint[] {
    const known = this.#constraints.get(shape);
    if (known) return known;
    const constraints = constraintsOf(overriddenConstraints(walk.operation.service.name, shape));
    this.#constraints.set(shape, constraints);
    return constraints;
  }
}

interface Walk {
  readonly operation: OperationPlan;
  readonly found: Violation[];
}

interface Collection {
  readonly path: string;
  readonly value: unknown;
  readonly shape: LinkedShape;
  readonly intro: string;
}

/** AWS: it repeats a value whole, however long. */
const VALUE_LENGTH_MAX = 4_096;
const NOT_NULL = "Member must not be null";

function report({ found }: Walk, violation: Violation): void {
  if (found.length < VIOLATIONS_MAX) found.push(violation);
}

/** Clients fill these in themselves; AWS makes one up for callers that don't. */
const isGenerated = (member: Member) => member.ref.idempotencyToken === true;
const isCompound = (shape: LinkedShape) => shape.type === "structure" || shape.type === "list" || shape.type === "map";
const isStream = (value: unknown) => typeof value === "object" && Symbol.asyncIterator in (value as object);
const lowerFirst = (name: string) => name[0]!.toLowerCase() + name.slice(1);

function refusal(operation: OperationPlan, found: readonly Violation[]): ServiceError {
  const special = overriddenRefusal(operation, found[0]!);
  if (special) return special;
  const sentences = found.map(
    ({ path, value, shape, constraint }) => `Value${valueText(shape, value)} at '${path}' failed to satisfy constraint: ${constraint}`,
  );
  const count = found.length === 1 ? "1 validation error" : `${found.length} validation errors`;
  return new ServiceError(codeOf(operation), 400, `${count} detected: ${sentences.join("; ")}`);
}

function valueText(shape: LinkedShape | undefined, value: unknown): string {
  if (value === undefined) return " null";
  // AWS: a sensitive value is left out of the sentence.
  return shape?.traits.sensitive ? "" : ` '${javaText(shape, value).slice(0, VALUE_LENGTH_MAX)}'`;
}

/** As Java prints it: [a, b], {k=v}, Name(field=value, other=null). */
function javaText(shape: LinkedShape | undefined, value: unknown): string {
  if (value === undefined || value === null) return "null";
  if (Array.isArray(value)) return `[${value.map((element) => javaText(shape?.element?.shape, element)).join(", ")}]`;
  if (value instanceof Date) return value.toString();
  if (value instanceof Uint8Array) return `java.nio.HeapByteBuffer[pos=0 lim=${value.byteLength} cap=${value.byteLength}]`;
  if (typeof value === "number" && (shape?.type === "double" || shape?.type === "float") && Number.isInteger(value))
    return value.toFixed(1);
  if (typeof value !== "object") return String(value);
  if (shape?.type === "structure") {
    const fields = shape.members.map((member) => `${lowerFirst(member.name)}=${javaText(member.shape, (value as Bag)[member.name])}`);
    return `${shape.name}(${fields.join(", ")})`;
  }
  return `{${Object.entries(value)
    .map(([key, element]) => `${key}=${javaText(shape?.value?.shape, element)}`)
    .join(", ")}}`;
}

/** Code of each service's validation errors; the others answer ValidationException, query services ValidationError. */
const CODES: Readonly<Record<string, string>> = {
  apigateway: "BadRequestException",
  apigatewayv2: "BadRequestException",
  sqs: "InvalidParameterValue",
};

function codeOf({ service, model }: OperationPlan): string {
  // Recorded: the older half of Logs answers InvalidParameterException, the newer ValidationException; each declares which.
  if (service.name === "logs" && model.errors?.includes("InvalidParameterException")) return "InvalidParameterException";
  return (
    CODES[service.name] ??
    (service.metadata.protocol === "query" || service.name === "cloudwatch" ? "ValidationError" : "ValidationException")
  );
}
