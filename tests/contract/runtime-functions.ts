// One function, written for every family of runtimes: what the contract asks of them all. Its event says what it does.

import { chmod, copyFile, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFunctions } from "../../scripts/build-functions.ts";

export interface FunctionCode {
  readonly directory: string;
  readonly handler: string;
}

/** What its errors look like, beside the message. */
export interface Errors {
  readonly thrown: string;
  /** Of a function that cannot be loaded. */
  readonly init: RegExp;
}

/** What it does with events; it cannot be loaded; it streams {"chunks":N} as lines "chunk 0", "chunk 1" … and fails after them with {"fail":true}. */
export type Kind = "plain" | "broken" | "streaming";

interface Family {
  readonly is: RegExp;
  write(kind: Kind, directory: string): Promise<void>;
  /** AWS's Python runtimes do not. */
  readonly streams: boolean;
  readonly handler: string;
  readonly errors: Errors;
}

const NODE = `
export async function handler(event, context) {
  switch (event.do) {
    case "echo": return event.value;
    case "context": return { context: { request_id: context.awsRequestId, invoked_function_arn: context.invokedFunctionArn } };
    case "error": throw new TypeError(event.message);
    case "exit": process.exit(event.code);
    case "sleep": await new Promise((resolve) => setTimeout(resolve, event.ms)); return { sleptMs: event.ms };
    case "big": return "x".repeat(event.bytes - 2);
    case "print-lines": for (let n = 0; n < event.count; n++) process.stdout.write(n + event.text + "\\n"); return { lines: event.count };
    case "environment": return { variables: process.env, directory: process.cwd() };
    case "read-file": return { text: (await import("node:fs")).readFileSync(event.path, "utf8") };
  }
}
`;

const PYTHON = `
import os, sys, time

def handler(event, context):
    do = event["do"]
    if do == "echo":
        return event["value"]
    if do == "context":
        return {"context": {"request_id": context.aws_request_id, "invoked_function_arn": context.invoked_function_arn}}
    if do == "error":
        raise TypeError(event["message"])
    if do == "exit":
        sys.exit(event["code"])
    if do == "sleep":
        time.sleep(event["ms"] / 1000)
        return {"sleptMs": event["ms"]}
    if do == "big":
        return "x" * (event["bytes"] - 2)
    if do == "print-lines":
        for n in range(event["count"]):
            print(str(n) + event["text"])
        return {"lines": event["count"]}
    if do == "environment":
        return {"variables": dict(os.environ), "directory": os.getcwd()}
    if do == "read-file":
        return {"text": open(event["path"]).read()}
`;

const NODE_STREAMING = `
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  for (let n = 0; n < event.chunks; n++) stream.write("chunk " + n + "\\n");
  if (event.fail) throw new Error("the stream broke");
  stream.end();
});
`;

const PROGRAMS: Readonly<Record<Kind, string>> = { plain: "scenario", broken: "init-error", streaming: "streaming-response" };
const NODE_FILES: Readonly<Record<Kind, string>> = { plain: NODE, broken: 'import "./missing.mjs";\n', streaming: NODE_STREAMING };
const PYTHON_FILES: Readonly<Record<Kind, string>> = { plain: PYTHON, broken: "import missing\n", streaming: "" };

const families: readonly Family[] = [
  {
    is: /^provided/,
    write: async (kind, directory) => copyFile((await buildFunctions())[PROGRAMS[kind]]!, join(directory, "bootstrap")),
    streams: true,
    handler: "bootstrap",
    errors: {
      thrown: "&alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>",
      init: /^Function\.NoConfiguration$/,
    },
  },
  {
    is: /^nodejs/,
    write: (kind, directory) => writeFile(join(directory, "index.mjs"), NODE_FILES[kind]),
    streams: true,
    handler: "index.handler",
    errors: { thrown: "TypeError", init: /^Error$/ },
  },
  {
    is: /^python/,
    write: (kind, directory) => writeFile(join(directory, "index.py"), PYTHON_FILES[kind]),
    streams: false,
    handler: "index.handler",
    errors: { thrown: "TypeError", init: /^Runtime\.ImportModuleError$/ },
  },
];

export async function writeFunction(runtime: string, kind: Kind): Promise<FunctionCode> {
  const family = familyOf(runtime);
  const directory = await mkdtemp(join(tmpdir(), "lambent-contract-"));
  await chmod(directory, 0o755); // as unpacked code lies: readable by the sandbox's own user
  await family.write(kind, directory);
  return { directory, handler: family.handler };
}

export function errorsOf(runtime: string): Errors {
  return familyOf(runtime).errors;
}

export function streams(runtime: string): boolean {
  return familyOf(runtime).streams;
}

function familyOf(runtime: string): Family {
  const family = families.find(({ is }) => is.test(runtime));
  if (family === undefined) throw new Error(`the contract has no function for ${runtime}`);
  return family;
}
