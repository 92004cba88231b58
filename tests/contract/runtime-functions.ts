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

interface Family {
  readonly is: RegExp;
  write(directory: string): Promise<void>;
  writeBroken(directory: string): Promise<void>;
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

const families: readonly Family[] = [
  {
    is: /^provided/,
    write: (directory) => program("scenario", directory),
    writeBroken: (directory) => program("init-error", directory),
    handler: "bootstrap",
    errors: {
      thrown: "&alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>",
      init: /^Function\.NoConfiguration$/,
    },
  },
  {
    is: /^nodejs/,
    write: (directory) => writeFile(join(directory, "index.mjs"), NODE),
    writeBroken: (directory) => writeFile(join(directory, "index.mjs"), 'import "./missing.mjs";\n'),
    handler: "index.handler",
    errors: { thrown: "TypeError", init: /^Error$/ },
  },
  {
    is: /^python/,
    write: (directory) => writeFile(join(directory, "index.py"), PYTHON),
    writeBroken: (directory) => writeFile(join(directory, "index.py"), "import missing\n"),
    handler: "index.handler",
    errors: { thrown: "TypeError", init: /^Runtime\.ImportModuleError$/ },
  },
];

export async function writeFunction(runtime: string, { broken = false } = {}): Promise<FunctionCode> {
  const family = familyOf(runtime);
  const directory = await mkdtemp(join(tmpdir(), "lambent-contract-"));
  await chmod(directory, 0o755); // as unpacked code lies: readable by the sandbox's own user
  await (broken ? family.writeBroken(directory) : family.write(directory));
  return { directory, handler: family.handler };
}

export function errorsOf(runtime: string): Errors {
  return familyOf(runtime).errors;
}

function familyOf(runtime: string): Family {
  const family = families.find(({ is }) => is.test(runtime));
  if (family === undefined) throw new Error(`the contract has no function for ${runtime}`);
  return family;
}

async function program(name: string, directory: string): Promise<void> {
  await copyFile((await buildFunctions())[name]!, join(directory, "bootstrap"));
}
