// The demo's web server: an axum program that knows nothing of Lambda, behind the AWS Lambda Web Adapter and a function URL.

import { AddPermissionCommand, CreateFunctionUrlConfigCommand, LambdaClient, PublishLayerVersionCommand } from "@aws-sdk/client-lambda";
import type { AwsClient } from "../../src/cli/aws-client.ts";
import { zipFiles } from "../../src/cli/project/zip-files.ts";
import { createRust } from "./create-rust.ts";
import { reportLine } from "./report-line.ts";
import { type Row, rustPackage } from "./tour.ts";

const NAME = "rust-web";
/** As a function URL would send it: with it the log's tail comes back. */
const EVENT = {
  version: "2.0",
  rawPath: "/hello/Ada",
  rawQueryString: "",
  headers: {},
  requestContext: { http: { method: "GET", path: "/hello/Ada", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "demo" } },
  isBase64Encoded: false,
};

export interface WebPrograms {
  readonly server: string;
  readonly adapter: string;
}

export async function webTour(client: AwsClient, programs: WebPrograms): Promise<readonly Row[]> {
  const url = await deploy(client, programs);
  await fetch(`${url}hello/Ada`); // cold
  const startedMs = performance.now();
  const answer = await fetch(`${url}hello/Ada?loud=true`);
  const text = await answer.text();
  const tookMs = performance.now() - startedMs;
  const { logTail } = await client.invoke(NAME, Buffer.from(JSON.stringify(EVENT)), { tail: true });
  const report = reportLine(logTail ?? "", client.connection.region);
  const fault = text === '{"text":"HELLO, ADA!"}' ? undefined : `answered ${answer.status} ${text.slice(0, 200)}`;
  return [{ trigger: "url", name: NAME, what: "web server", tookMs, ...report, fault }];
}

/** Answers the function's URL, with its last slash. */
async function deploy(client: AwsClient, { server, adapter }: WebPrograms): Promise<string> {
  const { endpoint, region } = client.connection;
  const sdk = new LambdaClient({ endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  const layer = await zipFiles([{ name: "extensions/lambda-adapter", file: adapter, isExecutable: true }]);
  const { LayerVersionArn } = await sdk.send(new PublishLayerVersionCommand({ LayerName: "web-adapter", Content: { ZipFile: layer } }));
  const wishes = { layers: [LayerVersionArn!], variables: { PORT: "8080" }, timeoutS: 10 };
  await createRust(sdk, await rustPackage(NAME, server), wishes);
  const everybody = { FunctionName: NAME, Principal: "*" };
  const viaUrl = { Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" } as const;
  await sdk.send(new AddPermissionCommand({ ...everybody, ...viaUrl, StatementId: "url" }));
  const invoke = { Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true, StatementId: "invoke" };
  await sdk.send(new AddPermissionCommand({ ...everybody, ...invoke }));
  const { FunctionUrl } = await sdk.send(new CreateFunctionUrlConfigCommand({ FunctionName: NAME, AuthType: "NONE" }));
  sdk.destroy();
  return FunctionUrl!;
}
