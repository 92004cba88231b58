// Gate: the round trip of round-trip.test.ts with boto3, whose model is ours: nothing that the JavaScript clients are too old for is left out.
// boto3 speaks forms to IAM, STS, SNS and CloudFormation, and to CloudWatch what it is told. One process for all: Python is slow to start.

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
  readonly run: string;
  readonly operation: string;
  readonly output?: unknown;
  readonly error?: string;
}

/** One service, once over, in one protocol. */
interface Run {
  readonly service: ServiceKey;
  /** Undefined is the client's own choice. */
  readonly protocol: string | undefined;
  readonly contentType: string | undefined;
  readonly echo: EchoService;
  readonly inputs: Readonly<Record<string, Bag>>;
}

const FORM = "application/x-www-form-urlencoded";
const options = { without: new Set(CHANGED_BY_CLIENT), texts: TEXTS };
const models = new ServiceModels();
const runs: ReadonlyMap<string, Run> = new Map([
  ...(Object.keys(SERVICES) as ServiceKey[]).map(
    (service) => [service, newRun(service, ["iam", "sts", "sns", "cloudformation"].includes(service) ? FORM : undefined)] as const,
  ),
  ["cloudwatch in CBOR", newRun("cloudwatch", "application/cbor", "smithy-rpc-v2-cbor")],
  ["cloudwatch in forms", newRun("cloudwatch", FORM, "query")],
]);
const gateways: OpenGateway[] = [];
let answers: Answer[];

before(async () => {
  answers = await runBoto3();
});
after(async () => {
  for (const gateway of gateways) await gateway.close();
});

for (const [name, { service, inputs, contentType, echo }] of runs) {
  test(`every operation of ${name} means the same to boto3`, () => {
    const own = answers.filter((answer) => answer.run === name);
    assert.deepEqual(own.map((answer) => answer.operation).sort(), Object.keys(inputs).sort());
    const found = own.map((answer) => [answer.operation, compare(answer)] as const).filter(([, differing]) => differing.length > 0);
    assert.deepEqual(Object.fromEntries(found), BOTO3_IMPERFECT[service] ?? {});
    if (contentType) assert.deepEqual([...echo.contentTypes], [contentType]);
  });
}

test("nothing of it made the gateway fail", () => {
  assert.deepEqual(
    gateways.flatMap((gateway) => gateway.failures),
    [],
  );
});

function newRun(service: ServiceKey, contentType?: string, protocol?: string): Run {
  const synthesis = new Synthesis(options);
  const model = models.get(service);
  const names = Object.keys(model.operations).filter((name) => !Object.hasOwn(UNREACHABLE[service] ?? {}, name));
  const inputs = Object.fromEntries(names.map((name) => [name, synthesis.structure(model.operation(name)!.input)]));
  return { service, protocol, contentType, inputs, echo: echoService(model, new Synthesis(options)) };
}

function compare({ run, operation, output, error }: Answer): string[] {
  if (error !== undefined) return [error];
  const { inputs, echo } = runs.get(run)!;
  const sent = differences(inputs[operation], echo.inputs.get(operation) ?? {}, "in");
  return [...sent, ...differences(echo.outputs.get(operation) ?? {}, decode(output), "out")];
}

async function runBoto3(): Promise<Answer[]> {
  const work: Record<string, object> = {};
  for (const [name, { service, protocol = null, inputs, echo }] of runs) {
    const gateway = await openGateway({ [service]: echo });
    gateways.push(gateway);
    work[name] = { service, protocol, endpoint: gateway.url, inputs: encode(inputs) };
  }
  const { python } = await pythonEnv();
  const child = spawn(python, [fileURLToPath(new URL("round_trip.py", import.meta.url))], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(work));
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
