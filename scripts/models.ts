// Makes models/<service>.json and src/models/<service>.ts from botocore's API models, fetched through pip at a pinned version.
// Run `npm run models` after changing the pin; both kinds of file are committed, so nobody needs Python to build or run.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import yauzl from "yauzl";
import { packageRoot } from "../src/lib/sibling.ts";
import { compactModel, renderModel } from "./models/compact.ts";
import { renderTypes } from "./models/render-types.ts";
import { withQueryNames } from "./models/sqs-query.ts";

const BOTOCORE = { version: "1.44.8", sha256: "76342a76c338701db80dcb8afe1c9bd079283d6fffbb9d881442abb02a215043" } as const;

/** Our name of the service (botocore's folder) → the prefix of its generated operation table. */
const SERVICES = {
  lambda: "Lambda",
  sqs: "Sqs",
  s3: "S3",
  sns: "Sns",
  events: "Events",
  scheduler: "Scheduler",
  stepfunctions: "StepFunctions",
  logs: "Logs",
  cloudwatch: "CloudWatch",
  secretsmanager: "SecretsManager",
  ssm: "Ssm",
  iam: "Iam",
  sts: "Sts",
  apigateway: "ApiGateway",
  apigatewayv2: "ApiGatewayV2",
  cloudformation: "CloudFormation",
  ce: "Ce",
} as const;

const folder = mkdtempSync(join(tmpdir(), "lambent-models-"));
try {
  const sources = await readModels(downloadWheel(folder));
  mkdirSync(join(packageRoot, "models"), { recursive: true });
  mkdirSync(join(packageRoot, "src", "models"), { recursive: true });
  for (const [service, prefix] of Object.entries(SERVICES)) {
    const compact = compactModel(sources.get(service) ?? fail(`botocore ${BOTOCORE.version} has no model of ${service}.`));
    const model = service === "sqs" ? withQueryNames(compact) : compact;
    const origin = `botocore ${BOTOCORE.version}, API version ${model.metadata.apiVersion}`;
    writeFileSync(join(packageRoot, "models", `${service}.json`), renderModel(model));
    writeFileSync(join(packageRoot, "src", "models", `${service}.ts`), renderTypes(model, { service, prefix, origin }));
    process.stdout.write(`${service}: ${Object.keys(model.operations).length} operations, ${Object.keys(model.shapes).length} shapes\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function downloadWheel(into: string): string {
  const wanted = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet", "-d", into, `botocore==${BOTOCORE.version}`];
  const pip = spawnSync("python3", wanted, { stdio: ["ignore", "inherit", "inherit"] });
  if (pip.error || pip.status !== 0)
    fail(`pip could not download botocore ${BOTOCORE.version}: ${pip.error?.message ?? `it ended with ${pip.status}`}.`);
  const name = readdirSync(into).find((file) => file.endsWith(".whl")) ?? fail("pip left no wheel behind.");
  const wheel = join(into, name);
  const sha256 = createHash("sha256").update(readFileSync(wheel)).digest("hex");
  if (sha256 !== BOTOCORE.sha256) fail(`${name} has SHA-256 ${sha256}, not the pinned ${BOTOCORE.sha256}.`);
  return wheel;
}

/** The newest API version of each service's model, by service. */
async function readModels(wheel: string): Promise<Map<string, unknown>> {
  const found = new Map<string, { version: string; model: unknown }>();
  const zip = await yauzl.openPromise(wheel);
  for await (const entry of zip.eachEntry()) {
    const [, service, version] = /^botocore\/data\/([^/]+)\/([^/]+)\/service-2\.json\.gz$/.exec(entry.fileName) ?? [];
    if (!service || !version || !(service in SERVICES) || (found.get(service)?.version ?? "") > version) continue;
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    found.set(service, { version, model: JSON.parse(gunzipSync(Buffer.concat(chunks)).toString("utf8")) });
  }
  return new Map([...found].map(([service, { model }]) => [service, model]));
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
