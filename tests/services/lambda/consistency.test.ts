import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { FunctionCatalogue } from "../../../src/functions/catalogue.ts";
import { newFunction, startLambdaServer } from "./lambda-server.ts";

const NAMES = ["a", "b", "c"];
const CALLS = 600;

/** Repeatable chance: which calls are made is the same in every run, in which order they end is not. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

test("after hundreds of calls at once the catalogue in memory is what a new start would read", async (t) => {
  const { client, lambda, account, arnOf, failures } = await startLambdaServer(t);
  const input = await newFunction("x");
  const roll = dice(7);
  const call = (): Promise<unknown> => {
    const FunctionName = NAMES[roll(NAMES.length)]!;
    const alias = { FunctionName, Name: `alias${roll(2)}` };
    const version = String(1 + roll(6));
    switch (roll(12)) {
      case 0:
        return client.send(new CreateFunctionCommand({ ...input, FunctionName, Publish: true }));
      case 1:
        return roll(4) === 0 ? client.send(new DeleteFunctionCommand({ FunctionName })) : Promise.resolve();
      case 2:
        return client.send(new DeleteFunctionCommand({ FunctionName, Qualifier: version }));
      case 3:
        return client.send(new CreateAliasCommand({ ...alias, FunctionVersion: version }));
      case 4:
        return client.send(new DeleteAliasCommand(alias));
      case 5:
        return client.send(new UpdateAliasCommand({ ...alias, FunctionVersion: version, Description: String(roll(100)) }));
      case 6:
        return client.send(new TagResourceCommand({ Resource: arnOf(FunctionName), Tags: { [`t${roll(9)}`]: String(roll(100)) } }));
      case 7:
      case 8:
        return client.send(new PublishVersionCommand({ FunctionName }));
      default:
        return client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 1 + roll(900) }));
    }
  };
  await runMany(call);
  await lambda.settling.close();
  const fresh = await FunctionCatalogue.load(lambda.database);
  let versions = 0;
  for (const name of NAMES) {
    const [now, then] = [lambda.catalogue, fresh].map((catalogue) => shown(catalogue, { account, region: "eu-central-1", name }));
    assert.deepEqual(now, then, name);
    versions += now?.versions.length ?? 0;
  }
  assert.ok(versions > NAMES.length, "the calls have left something to compare");
  assert.deepEqual(failures, []);
});

/** Thirty at a time; refusals are part of it, failures of ours are not. */
async function runMany(call: () => Promise<unknown>): Promise<void> {
  let left = CALLS;
  const worker = async () => {
    while (left-- > 0) {
      await call().catch((error: { $metadata?: { httpStatusCode?: number } }) => {
        const status = error.$metadata?.httpStatusCode ?? 0;
        assert.ok(status >= 400 && status < 500, String(error));
      });
    }
  };
  await Promise.all(Array.from({ length: 30 }, worker));
}

function shown(catalogue: FunctionCatalogue, name: { account: string; region: string; name: string }) {
  const record = catalogue.find(name);
  return (
    record && {
      id: record.id,
      versions: [...record.versions].sort(),
      aliases: [...record.aliases].sort(),
      running: [...record.running].sort(),
      tags: [...record.tags].sort(),
    }
  );
}
