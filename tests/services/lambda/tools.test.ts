// Real tools against the API: what they call in which order, and which members they cannot do without.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { type PythonEnv, pythonEnv } from "../../../scripts/python-env.ts";
import { REGION, ROLE, startLambdaServer, temporaryDirectory } from "./lambda-server.ts";
import { script, zipOf } from "./zip-of.ts";

const execute = promisify(execFile);
let python: PythonEnv;

before(async () => {
  python = await pythonEnv();
});

interface Tools {
  readonly account: string;
  readonly directory: string;
  run(program: string, args: readonly string[]): Promise<string>;
  /** aws lambda …, its answer parsed. */
  aws(command: string, ...args: readonly string[]): Promise<Record<string, unknown>>;
}

async function tools(t: TestContext): Promise<Tools> {
  const { url, account } = await startLambdaServer(t);
  const directory = await temporaryDirectory(t);
  const env = {
    ...process.env, // cargo looks for its toolchain by HOME
    AWS_CONFIG_FILE: join(directory, "none"),
    AWS_SHARED_CREDENTIALS_FILE: join(directory, "none"),
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: "any",
    AWS_DEFAULT_REGION: REGION,
    AWS_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const run = async (program: string, args: readonly string[]) => (await execute(program, args, { env, cwd: directory })).stdout;
  return {
    account,
    directory,
    run,
    async aws(command, ...args) {
      const stdout = await run(python.bin("aws"), ["lambda", command, ...args, "--output", "json"]);
      return stdout.trim() === "" ? {} : (JSON.parse(stdout) as Record<string, unknown>);
    },
  };
}

test("aws-cli creates a function, waits for it, invokes it, downloads it and deletes it", async (t) => {
  const { aws, run, directory } = await tools(t);
  const zip = join(directory, "fn.zip");
  await writeFile(zip, await zipOf({ bootstrap: script("#!/bin/sh\n") }));
  const named = ["--function-name", "fn"];
  const created = await aws(
    "create-function",
    ...named,
    "--runtime",
    "provided.al2023",
    "--handler",
    "bootstrap",
    "--role",
    ROLE,
    "--zip-file",
    `fileb://${zip}`,
  );
  assert.equal(created.State, "Pending");
  await aws("wait", "function-active-v2", ...named);
  await aws("wait", "function-active", ...named);
  const out = join(directory, "out.json");
  await writeFile(join(directory, "event.json"), '{"a": 1}');
  const invoked = await aws("invoke", ...named, "--payload", "file://event.json", out);
  assert.deepEqual(invoked, { StatusCode: 200, ExecutedVersion: "$LATEST" });
  assert.equal(await readFile(out, "utf8"), '{"a": 1}');
  const { Code } = (await aws("get-function", ...named)) as { Code: { Location: string } };
  const downloaded = await fetch(Code.Location);
  assert.deepEqual(Buffer.from(await downloaded.arrayBuffer()), await readFile(zip));
  assert.equal((await aws("publish-version", ...named)).Version, "1");
  await aws("wait", "published-version-active", ...named, "--qualifier", "1");
  await aws("create-alias", ...named, "--name", "live", "--function-version", "1");
  await aws("update-function-configuration", ...named, "--timeout", "9", "--environment", "Variables={MODE=fast}");
  await aws("wait", "function-updated-v2", ...named);
  await aws("delete-function", ...named);
  await assert.rejects(run(python.bin("aws"), ["lambda", "get-function", ...named]), /ResourceNotFoundException/);
});

test("boto3 knows the errors by their classes and pages through lists", async (t) => {
  const { run, directory } = await tools(t);
  const program = join(directory, "program.py");
  await writeFile(
    program,
    `
import base64, boto3, io, zipfile
client = boto3.client("lambda")
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w") as z: z.writestr("index.py", "def handler(event, context): return event")
for name in ("a", "b", "c"):
    client.create_function(FunctionName=name, Runtime="python3.12", Handler="index.handler", Role="${ROLE}", Code={"ZipFile": packed.getvalue()})
    client.get_waiter("function_active_v2").wait(FunctionName=name)
layer = client.publish_layer_version(LayerName="l", Content={"ZipFile": packed.getvalue()})
assert client.update_function_configuration(FunctionName="c", Layers=[layer["LayerVersionArn"]])["Layers"][0]["CodeSize"] == len(packed.getvalue())
assert [l["LayerName"] for page in client.get_paginator("list_layers").paginate() for l in page["Layers"]] == ["l"]
try: client.get_layer_version(LayerName="l", VersionNumber=2); raise SystemExit("found")
except client.exceptions.ResourceNotFoundException: pass
try: client.get_function(FunctionName="none"); raise SystemExit("found")
except client.exceptions.ResourceNotFoundException as error: assert error.response["Error"]["Message"].endswith(":function:none")
try: client.create_function(FunctionName="a", Runtime="python3.12", Handler="x", Role="${ROLE}", Code={"ZipFile": packed.getvalue()}); raise SystemExit("created")
except client.exceptions.ResourceConflictException: pass
pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
assert [f["FunctionName"] for page in pages for f in page["Functions"]] == ["a", "b", "c"]
context = base64.b64encode(b'{"custom": {}}').decode()
answer = client.invoke(FunctionName="a", Payload=b'{"k": 1}', LogType="Tail", ClientContext=context)
assert answer["Payload"].read() == b'{"k": 1}', answer
print("done")
`,
  );
  assert.equal((await run(python.python, [program])).trim(), "done");
});

const [elf, otherElf] = ["/bin/true", "/bin/false"];

test("cargo lambda deploy creates a function with tags and an alias, and moves the alias to new code", {
  skip: existsSync(elf) && existsSync(otherElf) ? false : `there is no ${elf} or ${otherElf}`,
}, async (t) => {
  const { run, aws, directory } = await tools(t);
  const manifest = '[package]\nname = "hello"\nversion = "1.0.0"\nedition = "2021"\n[[bin]]\nname = "hello"\npath = "main.rs"\n';
  await writeFile(join(directory, "Cargo.toml"), manifest);
  await writeFile(join(directory, "main.rs"), "fn main() {}\n");
  const options = ["--role", ROLE, "--memory", "256", "--env-var", "MODE=fast", "--alias", "live"];
  const deploy = (binary: string, ...args: string[]) =>
    run(python.bin("cargo-lambda"), ["lambda", "deploy", "--binary-path", binary, ...options, ...args, "hello"]);
  const named = ["--function-name", "hello"];
  await deploy(elf, "--tag", "team=a");
  const created = (await aws("get-function", ...named)) as { Configuration: Record<string, unknown>; Tags: object };
  assert.equal(created.Configuration.Runtime, "provided.al2023");
  assert.equal(created.Configuration.MemorySize, 256);
  assert.deepEqual(created.Configuration.Environment, { Variables: { MODE: "fast" } });
  assert.deepEqual(created.Tags, { team: "a" });
  assert.equal((await aws("get-alias", ...named, "--name", "live")).FunctionVersion, "1");
  await deploy(otherElf);
  assert.equal((await aws("get-alias", ...named, "--name", "live")).FunctionVersion, "2");
});

test("aws-cli publishes a layer, opens it to another account, attaches it and lists it", async (t) => {
  const { aws, directory } = await tools(t);
  const zip = `fileb://${join(directory, "layer.zip")}`;
  await writeFile(join(directory, "layer.zip"), await zipOf({ "bin/tool": script("#!/bin/sh\n") }));
  const named = ["--layer-name", "tools"];
  const published = await aws(
    "publish-layer-version",
    ...named,
    "--zip-file",
    zip,
    "--compatible-runtimes",
    "provided.al2023",
    "nodejs24.x",
  );
  assert.equal(published.Version, 1);
  const arn = String(published.LayerVersionArn);
  assert.equal((await aws("get-layer-version-by-arn", "--arn", arn)).LayerVersionArn, arn);
  const permission = ["--statement-id", "all", "--action", "lambda:GetLayerVersion", "--principal", "*"];
  await aws("add-layer-version-permission", ...named, "--version-number", "1", ...permission);
  const { Policy } = await aws("get-layer-version-policy", ...named, "--version-number", "1");
  assert.match(String(Policy), /"Principal":"\*"/);
  const code = ["--runtime", "provided.al2023", "--handler", "bootstrap", "--role", ROLE, "--zip-file", zip];
  const created = await aws("create-function", "--function-name", "fn", ...code, "--layers", arn);
  assert.deepEqual((created.Layers as { Arn: string }[])[0]?.Arn, arn);
  const { Layers } = (await aws("list-layers", "--compatible-runtime", "nodejs24.x")) as { Layers: { LayerName: string }[] };
  assert.deepEqual(
    Layers.map(({ LayerName }) => LayerName),
    ["tools"],
  );
  await aws("delete-layer-version", ...named, "--version-number", "1");
  assert.deepEqual((await aws("list-layer-versions", ...named)).LayerVersions, []);
});

test("cargo lambda deploy --extension publishes a layer that a function can have", {
  skip: existsSync(elf) ? false : `there is no ${elf}`,
}, async (t) => {
  const { run, aws, directory } = await tools(t);
  const manifest = '[package]\nname = "agent"\nversion = "1.0.0"\nedition = "2021"\n[[bin]]\nname = "agent"\npath = "main.rs"\n';
  await writeFile(join(directory, "Cargo.toml"), manifest);
  await writeFile(join(directory, "main.rs"), "fn main() {}\n");
  const deploy = ["lambda", "deploy", "--extension", "--binary-path", elf, "--compatible-runtimes", "provided.al2023", "agent"];
  await run(python.bin("cargo-lambda"), deploy);
  const { LayerVersions } = (await aws("list-layer-versions", "--layer-name", "agent")) as { LayerVersions: Record<string, unknown>[] };
  assert.deepEqual(LayerVersions[0]?.CompatibleRuntimes, ["provided.al2023"]);
  await writeFile(join(directory, "fn.zip"), await zipOf({ bootstrap: script("#!/bin/sh\n") }));
  const code = [
    "--runtime",
    "provided.al2023",
    "--handler",
    "bootstrap",
    "--role",
    ROLE,
    "--zip-file",
    `fileb://${join(directory, "fn.zip")}`,
  ];
  const arn = String(LayerVersions[0]?.LayerVersionArn);
  const { Layers } = (await aws("create-function", "--function-name", "fn", ...code, "--layers", arn)) as { Layers: { Arn: string }[] };
  assert.equal(Layers[0]?.Arn, arn);
});

test("cargo lambda deploy --enable-function-url makes a URL that answers, --disable-function-url takes it away", {
  skip: existsSync(elf) ? false : `there is no ${elf}`,
}, async (t) => {
  const { run, aws, directory } = await tools(t);
  const manifest = '[package]\nname = "hello"\nversion = "1.0.0"\nedition = "2021"\n[[bin]]\nname = "hello"\npath = "main.rs"\n';
  await writeFile(join(directory, "Cargo.toml"), manifest);
  await writeFile(join(directory, "main.rs"), "fn main() {}\n");
  const deploy = (...args: string[]) =>
    run(python.bin("cargo-lambda"), ["lambda", "deploy", "--binary-path", elf, "--role", ROLE, ...args, "hello"]);
  const said = await deploy("--enable-function-url");
  const url = /http:\/\/\S+/.exec(said)![0];
  const { FunctionUrl, AuthType } = await aws("get-function-url-config", "--function-name", "hello");
  assert.deepEqual([FunctionUrl, AuthType], [url, "NONE"]);
  const event = (await (await fetch(`${url}some/path`)).json()) as { rawPath: string };
  assert.equal(event.rawPath, "/some/path");
  await deploy("--enable-function-url"); // once more: the URL stays
  assert.equal((await aws("get-function-url-config", "--function-name", "hello")).FunctionUrl, url);
  await deploy("--disable-function-url");
  assert.equal((await fetch(url)).status, 403);
});

test("aws-cli gives a function a URL with CORS settings, changes and lists it", async (t) => {
  const { aws, directory } = await tools(t);
  await writeFile(join(directory, "fn.zip"), await zipOf({ bootstrap: script("#!/bin/sh\n") }));
  const named = ["--function-name", "fn"];
  const code = [
    "--runtime",
    "provided.al2023",
    "--handler",
    "bootstrap",
    "--role",
    ROLE,
    "--zip-file",
    `fileb://${join(directory, "fn.zip")}`,
  ];
  await aws("create-function", ...named, ...code);
  const created = await aws("create-function-url-config", ...named, "--auth-type", "AWS_IAM", "--cors", "AllowOrigins=*,MaxAge=5");
  assert.deepEqual(created.Cors, { AllowOrigins: ["*"], MaxAge: 5 });
  const changed = await aws("update-function-url-config", ...named, "--auth-type", "NONE");
  assert.deepEqual([changed.AuthType, changed.FunctionUrl, changed.InvokeMode], ["NONE", created.FunctionUrl, "BUFFERED"]);
  const { FunctionUrlConfigs } = (await aws("list-function-url-configs", ...named)) as { FunctionUrlConfigs: object[] };
  assert.equal(FunctionUrlConfigs.length, 1);
  await aws("delete-function-url-config", ...named);
});
