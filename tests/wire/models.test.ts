// What the wire knows by heart about the services agrees with their models, and the generated types are exact.

import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../src/lib/sibling.ts";
import type { CreateFunctionRequest, FunctionConfiguration, LambdaOperations } from "../../src/models/lambda.ts";
import type { Handler, OperationTable } from "../../src/wire/call.ts";
import { compilePattern } from "../../src/wire/constraint.ts";
import { ServiceModels } from "../../src/wire/service-model.ts";
import { SERVICES, type ServiceKey } from "../../src/wire/service-names.ts";
import type { LinkedShape } from "../../src/wire/shape-graph.ts";

const models = new ServiceModels();
const services = Object.keys(SERVICES) as ServiceKey[];

test("every model is a service's, and every service has a model and types", () => {
  const named = (pattern: string, ending: string) =>
    globSync(pattern, { cwd: packageRoot })
      .map((file) => basename(file, ending))
      .sort();
  assert.deepEqual(named("models/*.json", ".json"), [...services].sort());
  assert.deepEqual(named("src/models/*.ts", ".ts"), [...services].sort());
});

for (const service of services) {
  test(`${service} is named as its model names it`, () => {
    const { metadata } = models.get(service);
    const known: { signing: string; target?: string; queryVersion?: string } = SERVICES[service];
    assert.equal(known.signing, metadata.signingName ?? metadata.endpointPrefix);
    assert.equal(known.target, metadata.targetPrefix);
    const speaksQuery = metadata.protocol === "query" || metadata.awsQueryCompatible !== undefined;
    assert.equal(known.queryVersion, speaksQuery ? metadata.apiVersion : undefined);
  });

  test(`every pattern of ${service} is a regular expression here too`, () => {
    const model = models.get(service);
    for (const name of Object.keys(model.operations))
      for (const shape of shapesOf(model.operation(name)!.input)) if (shape.traits.pattern) compilePattern(shape.traits.pattern);
  });
}

function shapesOf(root: LinkedShape | undefined, seen = new Set<LinkedShape>()): ReadonlySet<LinkedShape> {
  if (!root || seen.has(root)) return seen;
  seen.add(root);
  for (const member of [...root.members, root.element, root.key, root.value]) if (member) shapesOf(member.shape, seen);
  return seen;
}

test("a handler that answers or reads a member that the model does not have does not compile", () => {
  // @ts-expect-error FunctionConfiguration has no FunctionColour.
  const wrongOutput: FunctionConfiguration = { FunctionColour: "red" };
  // @ts-expect-error CreateFunctionRequest has no FunctionColour.
  const wrongInput: Handler<CreateFunctionRequest, FunctionConfiguration, null> = async (input) => ({ FunctionName: input.FunctionColour });
  // @ts-expect-error A table must have a line for every operation.
  const incomplete: OperationTable<LambdaOperations, null> = { Invoke: "not-implemented" };
  assert.equal([wrongOutput, wrongInput, incomplete].length, 3);
});
