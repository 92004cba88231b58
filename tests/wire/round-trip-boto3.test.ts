// Gate: the round trip of round-trip.test.ts with boto3, whose model is ours: nothing that the JavaScript clients are too old for is left out.
// boto3 speaks query to IAM, STS, SNS and CloudFormation, and CBOR to CloudWatch. One process for all services: Python is slow to start.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { pythonEnv } from "../../scripts/python-env.ts";
import { ServiceModels } from "../../src/wire/service-model.ts";
import { SERVICES, type ServiceKey } from "../../src/wire/service-names.ts";
import { type OpenGateway, openGateway } from "../gateway/open-gateway.ts";
import { differences } from "./differences.ts";
import { type EchoService, echoService } from "./echo-service.ts";
import { BOTO3_IMPERFECT, CHANGED_BY_CLIENT, TEXTS, UNREACHABLE } from "./round-trip-exceptions.ts";
import { Synthesis } from "./synthesise.ts";

type Bag = Record<string, unknown>;

interface Answer {
  readonly service: string;
  readonly operation: string;
  readonly output?: unknown;
  readonly error?: string;
}

const services = Object.keys(SERVICES) as ServiceKey[];
const options = { without: new Set(CHANGED_BY_CLIENT), texts: TEXTS };
const models = new ServiceModels();
const echoes = Object.fromEntries(services.map((service) => [service, echoService(models.get(service), new Synthesis(options))])) as Record<
  ServiceKey,
  EchoService
>;
const inputs = new Map(services.map((service) => [service, inputsOf(service)]));
let gateway: OpenGateway;
let answers: Answer[];

before(async () => {
  gateway = await openGateway(echoes);
  answers = await runBoto3(gateway.url);
});
after(() => gateway.close());

for (const service of services) {
  test(`every operation of ${service} means the same to boto3`, () => {
    const own = answers.filter((answer) => answer.service === service);
    assert.deepEqual(own.map((answer) => answer.operation).sort(), Object.keys(inputs.get(service)!).sort());
    const found = own
      .map((answer) => [answer.operation, compare(service, answer)] as const)
      .filter(([, differing]) => differing.length > 0);
    assert.deepEqual(Object.fromEntries(found), BOTO3_IMPERFECT[service] ?? {});
  });
}

test("nothing of it made the gateway fail", () => {
  assert.deepEqual(gateway.failures, []);
});

function inputsOf(service: ServiceKey): Record<string, Bag> {
  const synthesis = new Synthesis(options);
  const model = models.get(service);
  const names = Object.keys(model.operations).filter((name) => !Object.hasOwn(UNREACHABLE[service] ?? {}, name));
  return Object.fromEntries(names.map((name) => [name, synthesis.structure(model.operation(name)!.input)]));
}

function compare(service: ServiceKey, { operation, output, error }: Answer): string[] {
  if (error !== undefined) return [error];
  const echo = echoes[service];
  const sent = differences(inputs.get(service)![operation], echo.inputs.get(operation) ?? {}, "in");
  return [...sent, ...differences(echo.outputs.get(operation) ?? {}, decode(output), "out")];
}

async function runBoto3(endpoint: string): Promise<Answer[]> {
  const { python } = await pythonEnv();
  const child = spawn(python, [fileURLToPath(new URL("round_trip.py", import.meta.url))], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(
    JSON.stringify(Object.fromEntries(services.map((service) => [service, { endpoint, inputs: encode(inputs.get(service)) }]))),
  );
  const lines = (await text(child.stdout)).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Answer);
}

function encode(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (value instanceof Date) return { $ms: value.getTime() };
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, encode(inner)]));
}

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== "object" || value === null) return value;
  if ("$bytes" in value) return new Uint8Array(Buffer.from(value.$bytes as string, "base64"));
  if ("$ms" in value) return new Date(value.$ms as number);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, decode(inner)]));
}
