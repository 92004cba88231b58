// Cuts a botocore model down to what the wire needs: no documentation, no client-side endpoint hints, no shape that no operation reaches.

import type { Model, Operation, Shape } from "../../src/wire/model.ts";

const OPERATION_KEYS = ["name", "http", "input", "output", "errors", "authtype"];
const REF_KEYS = [
  "shape",
  "location",
  "locationName",
  "xmlNamespace",
  "flattened",
  "xmlAttribute",
  "streaming",
  "timestampFormat",
  "eventpayload",
  "idempotencyToken",
  "resultWrapper",
];
const SHAPE_KEYS = [
  ...["type", "required", "payload", "exception", "error", "fault", "union", "eventstream", "event", "streaming", "sensitive"],
  ...["enum", "min", "max", "pattern", "flattened", "timestampFormat", "locationName", "xmlNamespace"],
];
const METADATA_KEYS = [
  ...["apiVersion", "endpointPrefix", "globalEndpoint", "jsonVersion", "protocol", "protocols", "serviceId", "serviceFullName"],
  ...["signingName", "targetPrefix", "xmlNamespace", "awsQueryCompatible"],
];

type Bag = Record<string, unknown>;

/** `source` is the parsed service-2.json. */
export function compactModel(source: unknown): Model {
  const { metadata, operations, shapes } = source as Record<"metadata" | "operations" | "shapes", Record<string, Bag>>;
  const current = Object.entries(operations).filter(([, operation]) => !isReplaced(operation, operations));
  const kept = Object.fromEntries(current.map(([name, operation]) => [name, compactOperation(operation)]));
  return { metadata: pick(metadata, METADATA_KEYS) as unknown as Model["metadata"], operations: kept, shapes: reachable(kept, shapes) };
}

/** S3's PutBucketNotification and its like: nothing in the request tells them from the operation that took their place. */
function isReplaced(operation: Bag, operations: Record<string, Bag>): boolean {
  const binding = JSON.stringify(operation.http);
  const isRest = !binding.includes('"requestUri":"/"');
  return (
    Boolean(operation.deprecated) &&
    isRest &&
    Object.values(operations).some((other) => !other.deprecated && JSON.stringify(other.http) === binding)
  );
}

function compactOperation(source: Bag): Operation {
  const operation = pick(source, OPERATION_KEYS);
  if (operation.input) operation.input = pick(operation.input as Bag, REF_KEYS);
  if (operation.output) operation.output = pick(operation.output as Bag, REF_KEYS);
  const errors = (operation.errors as { shape: string }[] | undefined)?.map((error) => error.shape);
  return { ...(operation as unknown as Operation), ...(errors ? { errors } : {}) };
}

/** Shapes named by operations, by their errors and by other reached shapes; and every exception, which a handler may throw undeclared. */
function reachable(operations: Record<string, Operation>, sources: Record<string, Bag>): Record<string, Shape> {
  const reached: Record<string, Shape> = {};
  const visit = (name: string | undefined) => {
    if (!name || reached[name]) return;
    const shape = compactShape(sources[name]!);
    reached[name] = shape;
    for (const ref of [...Object.values(shape.members ?? {}), shape.member, shape.key, shape.value]) visit(ref?.shape);
  };
  for (const { input, output, errors = [] } of Object.values(operations))
    for (const name of [input?.shape, output?.shape, ...errors]) visit(name);
  for (const [name, shape] of Object.entries(sources)) if (shape.exception) visit(name);
  return Object.fromEntries(Object.entries(reached).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function compactShape(source: Bag): Shape {
  const shape = pick(source, SHAPE_KEYS) as unknown as Record<string, unknown>;
  if ((shape.required as string[] | undefined)?.length === 0) delete shape.required;
  for (const key of ["member", "key", "value"]) if (source[key]) shape[key] = pick(source[key] as Bag, REF_KEYS);
  if (source.members) {
    const members = Object.entries(source.members as Record<string, Bag>);
    shape.members = Object.fromEntries(members.map(([name, ref]) => [name, pick(ref, REF_KEYS)]));
  }
  return shape as unknown as Shape;
}

function pick(source: Bag, keys: readonly string[]): Bag {
  return Object.fromEntries(keys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]]));
}

/** One line per operation and shape: compact, and still readable as a diff. */
export function renderModel(model: Model): string {
  const lines = (table: object) => Object.entries(table).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return `{"metadata":${JSON.stringify(model.metadata)},\n"operations":{\n${lines(model.operations).join(",\n")}\n},\n"shapes":{\n${lines(model.shapes).join(",\n")}\n}}\n`;
}
