// Every operation of AWS's model of Lambda is built, or refused by its name and listed in docs/aws-differences.md with a reason.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../../src/lib/sibling.ts";
import { operations } from "../../../src/services/lambda/operations.ts";
import { ServiceModels } from "../../../src/wire/service-model.ts";
import { TEXTS, WITHOUT } from "../../wire/round-trip-exceptions.ts";
import { clientOptions, loadClient } from "../../wire/sdk-clients.ts";
import { Synthesis } from "../../wire/synthesise.ts";
import { startLambdaServer } from "./lambda-server.ts";

const model = new ServiceModels().get("lambda");
const names = Object.keys(model.operations).sort();
const unbuilt = names.filter((name) => operations[name as keyof typeof operations] === "not-implemented");

/** Of the rows under the heading, each with its reason. */
function listed(): readonly string[] {
  const text = readFileSync(join(packageRoot, "docs/aws-differences.md"), "utf8");
  const section = /\n## Lambda operations that are not built\n([\s\S]*?)\n## /.exec(text)?.[1] ?? "";
  const rows = section.split("\n").filter((line) => /^\| [A-Z]/.test(line));
  return rows.flatMap((row) => {
    const [, operationsOfRow = "", reason = ""] = row.split("|").map((cell) => cell.trim());
    assert.ok(reason.length > 20, `no reason for ${operationsOfRow}`);
    return operationsOfRow.split(", ");
  });
}

test("every operation of the model has a line in the table, and the table no other", () => {
  assert.deepEqual(Object.keys(operations).sort(), names);
});

test("the operations that are not built are those that the differences from AWS give a reason for", () => {
  assert.deepEqual([...listed()].sort(), unbuilt);
});

test("the JavaScript SDK is refused with 501 and the operation's name by those, and by no other", async (t) => {
  const server = await startLambdaServer(t, {});
  const { client: Client, command } = await loadClient("lambda");
  const client = new Client({ ...clientOptions(Number(new URL(server.url).port)), maxAttempts: 1 });
  t.after(() => client.destroy());
  // Three operations of the model are newer than the client.
  const reachable = names.filter((name) => command(name) !== undefined);
  assert.ok(reachable.length >= names.length - 3);
  const inputs = new Synthesis({ without: WITHOUT, texts: TEXTS });
  const refused: string[] = [];
  for (const name of reachable) {
    const Command = command(name)!;
    const error = await client.send(new Command(inputs.structure(model.operation(name)!.input))).then(
      () => undefined,
      (thrown: Error & { $metadata?: { httpStatusCode?: number } }) => thrown,
    );
    if (error?.$metadata?.httpStatusCode !== 501) continue;
    assert.equal(error.name, "NotImplementedException");
    assert.equal(error.message, `lambent does not implement lambda:${name}.`);
    refused.push(name);
  }
  assert.deepEqual(
    refused,
    unbuilt.filter((name) => reachable.includes(name)),
  );
  assert.deepEqual(server.failures, []);
});
