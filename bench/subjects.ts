// The functions that benches invoke, and how they are deployed.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateFunctionCommand, type LambdaClient, type Runtime } from "@aws-sdk/client-lambda";
import { ZipFile } from "yazl";
import { buildFunctions, type CargoProfile } from "../scripts/build-functions.ts";

export const ECHO_EVENT = '{"orderId":"A-17","items":[1,2,3]}';
const examples = join(dirname(fileURLToPath(import.meta.url)), "../examples");

/** One function under measurement: how it is made, and what is sent to it. */
export interface Subject {
  readonly name: string;
  readonly runtime: Runtime;
  readonly handler: string;
  readonly file: string;
  readonly nameInZip: string;
  readonly event: string;
}

/** The echo of the floor first, then the example in Rust, Node and Python. */
export async function subjects(profile: CargoProfile = "release"): Promise<readonly [Subject, ...Subject[]]> {
  const binaries = await buildFunctions(profile);
  const event = JSON.stringify(JSON.parse(readFileSync(join(examples, "rust-hello/order.json"), "utf8")));
  const rust = { runtime: "provided.al2023", handler: "bootstrap", nameInZip: "bootstrap" } as const;
  const inExamples = (name: string, nameInZip: string) => ({ name, event, file: join(examples, name, nameInZip), nameInZip });
  return [
    { ...rust, name: "echo", file: binaries.echo!, event: ECHO_EVENT },
    { ...rust, name: "rust-hello", file: binaries["rust-hello"]!, event },
    { ...inExamples("node-hello", "index.mjs"), runtime: "nodejs20.x", handler: "index.handler" },
    { ...inExamples("python-hello", "app.py"), runtime: "python3.11", handler: "app.handler" },
  ];
}

export async function deploy(client: LambdaClient, subject: Subject): Promise<void> {
  await create(client, subject, await zipOf((zip) => zip.addFile(subject.file, subject.nameInZip, { mode: 0o100755 })));
}

export async function create(
  client: LambdaClient,
  { name, runtime, handler }: Omit<Subject, "file" | "event">,
  zip: Buffer,
): Promise<void> {
  const role = "arn:aws:iam::000000000000:role/bench";
  await client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: runtime,
      Handler: handler,
      Role: role,
      Code: { ZipFile: zip },
      MemorySize: 1769,
    }),
  );
}

export async function zipOf(fill: (zip: ZipFile) => void): Promise<Buffer> {
  const zip = new ZipFile();
  fill(zip);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export const invokePath = (name: string) => `/2015-03-31/functions/${name}/invocations`;
