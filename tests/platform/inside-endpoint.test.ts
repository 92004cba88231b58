// The AWS endpoint inside sandboxes, used as real functions use it: by the SDKs that they bring along, over a started server.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { GetFunctionCommand, type Runtime } from "@aws-sdk/client-lambda";
import { pythonPackages, zipWithNpm } from "./real-packages.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";

const isLinux = process.platform === "linux";
/** AWS's SDKs and this server must both bear it: many clients drop what has been idle so long. */
const FROZEN_MS = 31_000;
const ROLE_CALLER = (name: string) => `arn:aws:sts::${ACCOUNT}:assumed-role/worker/${name}`;

/** Both functions know the same events. `ticks` grow only while the environment is not frozen; `port` tells connections apart. */
const NODE = `
const { Agent, get } = require("node:http");
const { LambdaClient, InvokeCommand, ListFunctionsCommand } = require("@aws-sdk/client-lambda");
const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");
const { NodeHttpHandler } = require("@smithy/node-http-handler");

const agent = new Agent({ keepAlive: true });
const sts = new STSClient({ maxAttempts: 1, requestHandler: new NodeHttpHandler({ httpAgent: agent }) });
let ticks = 0;
setInterval(() => ticks++, 100).unref();

const actions = {
  identity: async ({ credentials }) => (await (credentials ? new STSClient({ credentials }) : sts).send(new GetCallerIdentityCommand({}))).Arn,
  connection: async () => {
    const before = ticks;
    await sts.send(new GetCallerIdentityCommand({}));
    await new Promise(setImmediate);
    return { port: Object.values(agent.freeSockets)[0][0].localPort, ticks: before };
  },
  invoke: async ({ name }) => {
    const { Payload } = await new LambdaClient({ maxAttempts: 1 }).send(new InvokeCommand({ FunctionName: name, Payload: '{"do":"identity"}' }));
    return JSON.parse(Buffer.from(Payload).toString());
  },
  list: async ({ region }) => (await new LambdaClient({ region }).send(new ListFunctionsCommand({}))).Functions.map((one) => one.FunctionName),
  status: ({ path }) => new Promise((resolve, reject) => get(process.env.AWS_ENDPOINT_URL + path, (answer) => resolve(answer.resume().statusCode)).on("error", reject)),
  variable: async () => process.env.AWS_ENDPOINT_URL,
};
exports.handler = (event) => actions[event.do](event);
`;

const PYTHON = `
import json, os, threading, time, urllib.error, urllib.request
import boto3
from botocore.config import Config

once = Config(retries={"total_max_attempts": 1})
sts = boto3.client("sts", config=once)
ticks = 0

def tick():
    global ticks
    while True:
        time.sleep(0.1)
        ticks += 1

threading.Thread(target=tick, daemon=True).start()

def local_ports():
    lines = open("/proc/net/tcp").read().splitlines()[1:]
    own = [line.split() for line in lines]
    return [int(each[1].split(":")[1], 16) for each in own if each[2].endswith(":11D6") and each[3] == "01"]

def identity(event):
    given = event.get("credentials")
    client = boto3.client("sts", aws_access_key_id=given["accessKeyId"], aws_secret_access_key=given["secretAccessKey"], aws_session_token="none") if given else sts
    return client.get_caller_identity()["Arn"]

def connection(event):
    before = ticks
    sts.get_caller_identity()
    [port] = local_ports()
    return {"port": port, "ticks": before}

def invoke(event):
    answer = boto3.client("lambda", config=once).invoke(FunctionName=event["name"], Payload=b'{"do":"identity"}')
    return json.loads(answer["Payload"].read())

def list(event):
    return [each["FunctionName"] for each in boto3.client("lambda", region_name=event["region"]).list_functions()["Functions"]]

def status(event):
    try:
        return urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + event["path"]).status
    except urllib.error.HTTPError as error:
        return error.code

def variable(event):
    return os.environ["AWS_ENDPOINT_URL"]

def handler(event, context):
    return globals()[event["do"]](event)
`;

describe("the endpoint inside functions", { skip: !isLinux, timeout: 300_000, concurrency: true }, () => {
  for (const auth of ["open", "enforce"] as const) {
    describe(`with --auth ${auth}`, { concurrency: true }, () => {
      let server: RunningServer;

      before(async () => {
        const packages = await pythonPackages();
        const interpreters = [`nodejs24.x=${process.execPath}`, `${packages.runtime}=${packages.interpreter}`];
        const paths = interpreters.flatMap((each) => ["--runtime-path", each]);
        server = await startServer({ auth, args: ["--sandbox", "stem", "--network", "none", "--freeze-after", "20", ...paths] });
        const [node, python] = await Promise.all([
          zipWithNpm({ "index.js": NODE }, ["@aws-sdk/client-lambda", "@aws-sdk/client-sts", "@smithy/node-http-handler"]),
          packages.zipWithBoto3({ "app.py": PYTHON }),
        ]);
        const settings = {
          nodejs: { Runtime: "nodejs24.x" },
          python: { Runtime: packages.runtime as Runtime, Handler: "app.handler" },
        } as const;
        await Promise.all([
          server.create("node", node, settings.nodejs),
          server.create("python", python, settings.python),
          server.create("elsewhere", node, { ...settings.nodejs, Environment: { Variables: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" } } }),
        ]);
      });
      after(() => server?.close());

      for (const name of ["node", "python"] as const) {
        test(`${name} is led to it by AWS_ENDPOINT_URL`, async () => {
          assert.equal(await server.call(name, { do: "variable" }), "http://169.254.100.1:4566");
        });

        test(`${name} is its execution role, whatever key it signs with`, async () => {
          assert.equal(await server.call(name, { do: "identity" }), ROLE_CALLER(name));
          const credentials = { accessKeyId: "999999999999", secretAccessKey: "wrong" };
          assert.equal(await server.call(name, { do: "identity", credentials }), ROLE_CALLER(name));
        });

        test(`${name} invokes another function, which is itself`, async () => {
          const other = name === "node" ? "python" : "node";
          assert.equal(await server.call(name, { do: "invoke", name: other }), ROLE_CALLER(other));
        });

        test(`${name} speaks to the region that its client names`, async () => {
          assert.ok(((await server.call(name, { do: "list", region: REGION })) as string[]).includes(name));
          assert.deepEqual(await server.call(name, { do: "list", region: "us-west-2" }), []);
        });

        test(`${name} finds nothing of lambent's own there, nor the code of functions`, async () => {
          const { Code } = await server.client.send(new GetFunctionCommand({ FunctionName: name }));
          const { pathname, search } = new URL(Code!.Location!);
          assert.equal((await fetch(Code!.Location!)).status, 200);
          for (const path of ["/_lambent/health", "/_lambent/keys", pathname + search])
            assert.equal(await server.call(name, { do: "status", path }), 404, path);
        });

        test(`${name} goes on with its kept connection after ${FROZEN_MS / 1_000} s in which it was frozen`, async () => {
          const calls = () => server.call(`${name}-frozen`, { do: "connection" }) as Promise<{ port: number; ticks: number }>;
          await copyOf(server, name);
          const first = await calls();
          await delay(FROZEN_MS);
          const second = await calls();
          assert.equal(second.port, first.port);
          assert.ok(second.ticks - first.ticks < FROZEN_MS / 100 / 3, `it ran for ${second.ticks - first.ticks} ticks`);
        });
      }

      test("an address of its own that a function's variables name wins", async () => {
        assert.equal(await server.call("elsewhere", { do: "variable" }), "http://127.0.0.1:1");
        await assert.rejects(server.call("elsewhere", { do: "identity" }), /ECONNREFUSED/);
      });
    });
  }
});

/** One that no other test wakes. */
async function copyOf(server: RunningServer, name: "node" | "python"): Promise<void> {
  const { Configuration, Code } = await server.client.send(new GetFunctionCommand({ FunctionName: name }));
  const zip = new Uint8Array(await (await fetch(Code!.Location!)).arrayBuffer());
  await server.create(`${name}-frozen`, zip, { Runtime: Configuration!.Runtime, Handler: Configuration!.Handler });
}
