// What the front door of function URLs makes of requests and answers. Functions cannot run here: each invocation answers what the test wants,
// or its own event.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  PublishVersionCommand,
  RemovePermissionCommand,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import { ServiceError } from "../../src/lib/errors.ts";
import { type LambdaServer, newFunction, REGION, startLambdaServer } from "../services/lambda/lambda-server.ts";
import { answering, createUrl, isForbidden, open, openUrl, viaHost } from "../services/lambda/open-url.ts";

test("the event has payload format 2.0", async (t) => {
  const { client, invocations } = await startLambdaServer(t, {});
  const url = await openUrl(client);
  const response = await fetch(`${url}/my/p%20ath?p=v1&p=v2&q=a%20b&empty`, {
    method: "POST",
    headers: { "Content-Type": "text/plain; charset=utf-8", "X-Custom": "One", cookie: "c1=a; c2=b", "user-agent": "agent" },
    body: "grüezi",
  });
  const event = (await response.json()) as Record<string, unknown> & {
    headers: Record<string, string>;
    requestContext: Record<string, unknown>;
  };
  const { headers, requestContext, ...rest } = event;
  assert.deepEqual(rest, {
    version: "2.0",
    routeKey: "$default",
    rawPath: "/my/p%20ath",
    rawQueryString: "p=v1&p=v2&q=a%20b&empty",
    cookies: ["c1=a", "c2=b"],
    queryStringParameters: { p: "v1,v2", q: "a b", empty: "" },
    body: "grüezi",
    isBase64Encoded: false,
    pathParameters: null,
    stageVariables: null,
  });
  const { port } = new URL(url);
  assert.deepEqual(
    [headers["x-custom"], headers["content-type"], headers["x-forwarded-for"], headers["x-forwarded-port"], headers["x-forwarded-proto"]],
    ["One", "text/plain; charset=utf-8", "127.0.0.1", port, "http"],
  );
  assert.match(headers["x-amzn-trace-id"]!, /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  const { time, timeEpoch, requestId, ...context } = requestContext;
  assert.deepEqual(context, {
    accountId: "anonymous",
    apiId: /[0-9a-z]{32}/.exec(url)![0],
    authentication: null,
    domainName: "127.0.0.1",
    domainPrefix: "127",
    http: { method: "POST", path: "/my/p%20ath", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "agent" },
    routeKey: "$default",
    stage: "$default",
  });
  assert.match(String(time), /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  assert.ok(Math.abs(Number(timeEpoch) - Date.now()) < 60_000);
  assert.equal(response.headers.get("x-amzn-requestid"), requestId);
  assert.equal(invocations.at(-1)?.requestId, requestId);
  assert.match(response.headers.get("x-amzn-trace-id")!, /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Sampled=0$/);
});

test("by host name, under any domain, the whole path is the function's", async (t) => {
  const { client } = await startLambdaServer(t);
  const url = await openUrl(client);
  const id = /[0-9a-z]{32}/.exec(url)![0];
  for (const domain of ["localhost:4566", "on.aws", "my.test"]) {
    const host = `${id}.lambda-url.${REGION}.${domain}`;
    const { status, body } = await viaHost(url, host, { path: "/_lambent/health?x=1" });
    const event = JSON.parse(body.toString()) as { rawPath: string; requestContext: { domainName: string; domainPrefix: string } };
    assert.deepEqual([status, event.rawPath], [200, "/_lambent/health"]);
    assert.deepEqual([event.requestContext.domainName, event.requestContext.domainPrefix], [host.replace(":4566", ""), id]);
  }
});

test("what is no text, and what says it is but is not, comes in base64", async (t) => {
  const { client } = await startLambdaServer(t);
  const url = await openUrl(client);
  const bytes = Buffer.from([0, 255, 254, 10]);
  const sent = async (type: string, body: Buffer) => {
    const answer = await fetch(url, { method: "PUT", headers: { "content-type": type }, body });
    const event = (await answer.json()) as { body: string; isBase64Encoded: boolean };
    return [event.body, event.isBase64Encoded];
  };
  for (const type of [
    "application/octet-stream",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/json",
  ])
    assert.deepEqual(await sent(type, bytes), [bytes.toString("base64"), true], type);
  for (const type of ["application/json", "application/problem+json", "image/svg+xml", "text/css", "application/javascript"])
    assert.deepEqual(await sent(type, Buffer.from("{}")), ["{}", false], type);
  assert.equal(((await (await fetch(url)).json()) as { body?: string }).body, undefined);
});

for (const [payload, body] of [
  ['{"hello": "world"}', '{"hello":"world"}'],
  ['["hello", 3, true]', '["hello",3,true]'],
  ["3", "3"],
  ["3.1", "3.1"],
  ["true", "true"],
  ["null", "null"],
  ['"hello"', "hello"],
] as const) {
  test(`the answer ${payload} is ${body} as application/json`, async (t) => {
    const { client } = await startLambdaServer(t, { invoke: answering(payload) });
    const response = await fetch(await openUrl(client));
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, "application/json"]);
    assert.equal(await response.text(), body);
  });
}

test("an answer with a status says status, headers, cookies and body", async (t) => {
  const body = Buffer.from([0, 1, 255]);
  const answer = {
    statusCode: "418",
    headers: { "X-Custom": "yes", "Content-Type": "image/png", "X-Number": 7, "Content-Length": "9999", "x-amzn-requestid": "mine" },
    cookies: ["a=1; Path=/", "b=2"],
    body: body.toString("base64"),
    isBase64Encoded: true,
  };
  const { client } = await startLambdaServer(t, { invoke: answering(answer) });
  const response = await fetch(await openUrl(client));
  const { headers } = response;
  assert.equal(response.status, 418);
  assert.deepEqual([headers.get("x-custom"), headers.get("content-type"), headers.get("x-number")], ["yes", "image/png", "7"]);
  assert.deepEqual(headers.getSetCookie(), ["a=1; Path=/", "b=2"]);
  assert.match(headers.get("x-amzn-requestid")!, /^[0-9a-f-]{36}$/);
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), body);
});

test("an answer with no more than a status is JSON with an empty body", async (t) => {
  const { client } = await startLambdaServer(t, { invoke: answering({ statusCode: 201 }) });
  const response = await fetch(await openUrl(client));
  assert.deepEqual([response.status, response.headers.get("content-type"), await response.text()], [201, "application/json", ""]);
});

for (const [what, invoke] of [
  ["a function error", answering({ errorMessage: "no" }, { functionError: "Unhandled" })],
  ["an answer that is no JSON", answering("no json")],
  ["a status that is none", answering({ statusCode: 600 })],
  ["a status that is a word", answering({ statusCode: "ok" })],
  ["a body that is no text", answering({ statusCode: 200, body: { a: 1 } })],
  ["a header that would split the response", answering({ statusCode: 200, headers: { a: "b\r\nc: d" } })],
  ["cookies that are none", answering({ statusCode: 200, cookies: [1] })],
] as const) {
  test(`${what} is a 502`, async (t) => {
    const { client } = await startLambdaServer(t, { invoke });
    const response = await fetch(await openUrl(client));
    assert.deepEqual([response.status, await response.text()], [502, "Internal Server Error"]);
    assert.match(response.headers.get("x-amzn-requestid")!, /^[0-9a-f-]{36}$/);
  });
}

test("a throttle is a 429", async (t) => {
  const fields = { Reason: "ConcurrentInvocationLimitExceeded", Type: "User" };
  const invoke = async () => Promise.reject(new ServiceError("TooManyRequestsException", 429, "Rate Exceeded.", { fields }));
  const { client } = await startLambdaServer(t, { invoke });
  const response = await fetch(await openUrl(client));
  assert.deepEqual([response.status, response.headers.get("x-amzn-errortype")], [429, "TooManyRequestsException"]);
  assert.deepEqual(await response.json(), { ...fields, Message: "Rate Exceeded." });
});

test("large requests and answers go through, too large ones are a 413", async (t) => {
  const { client } = await startLambdaServer(t);
  const url = await openUrl(client);
  const send = (bytes: number) => fetch(url, { method: "POST", headers: { "content-type": "text/plain" }, body: Buffer.alloc(bytes, "x") });
  const echoed = (await (await send(5_000_000)).json()) as { body: string };
  assert.equal(echoed.body.length, 5_000_000);
  for (const bytes of [6_291_457, 6_291_400]) {
    // the second is too large with the rest of the event
    const refused = await send(bytes);
    assert.deepEqual([refused.status, refused.headers.get("x-amzn-errortype")], [413, "RequestEntityTooLargeException"]);
    assert.deepEqual(await refused.json(), { Message: "Request Entity Too Large" });
  }
});

test("nobody may call a URL with AuthType NONE until the policy lets everybody do both things", async (t) => {
  const { client, invocations } = await startLambdaServer(t, {});
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const url = (await createUrl(client)).FunctionUrl!;
  await isForbidden(await fetch(url));
  const everybody = { FunctionName: "fn", Principal: "*" };
  const viaUrl = { Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" } as const;
  await client.send(new AddPermissionCommand({ ...everybody, ...viaUrl, StatementId: "a" }));
  await isForbidden(await fetch(url));
  const conditional = { Action: "lambda:InvokeFunction", SourceAccount: "123456789012" };
  await client.send(new AddPermissionCommand({ ...everybody, ...conditional, StatementId: "b" }));
  await isForbidden(await fetch(url));
  assert.equal(invocations.length, 0);
  const invoke = { Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true };
  await client.send(new AddPermissionCommand({ ...everybody, ...invoke, StatementId: "c" }));
  assert.equal((await fetch(url)).status, 200);
  await client.send(new RemovePermissionCommand({ FunctionName: "fn", StatementId: "a" }));
  await isForbidden(await fetch(url));
});

test("the URL of an alias leads to its version, is opened by its own policy, and is closed without it", async (t) => {
  const { client, invocations } = await startLambdaServer(t, {});
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  await client.send(new PublishVersionCommand({ FunctionName: "fn" }));
  await client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "live", FunctionVersion: "1" }));
  const url = (await createUrl(client, { Qualifier: "live" })).FunctionUrl!;
  await open(client);
  await isForbidden(await fetch(url));
  await open(client, "live");
  assert.equal((await fetch(url)).status, 200);
  assert.equal(invocations.at(-1)?.version.version, "1");
  assert.match(invocations.at(-1)!.invokedArn, /:function:fn:live$/);
  await client.send(new DeleteAliasCommand({ FunctionName: "fn", Name: "live" }));
  await isForbidden(await fetch(url));
});

test("a URL that nobody has given out is forbidden without a word", async (t) => {
  const { url } = await startLambdaServer(t);
  await isForbidden(await fetch(`${url}/_lambent/url/${"0a".repeat(16)}/`), { Message: null });
});

test("AWS_IAM in open mode wants a signature and believes the key: of the same account, or of one that the policy names", async (t) => {
  const { client, account } = await startLambdaServer(t, {});
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const url = (await createUrl(client, { AuthType: "AWS_IAM" })).FunctionUrl!;
  const as = (key: string) => {
    const scope = `${key}/20260101/${REGION}/lambda/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${"0".repeat(64)}`;
    return fetch(url, { headers: { authorization, "x-amz-date": "20260101T000000Z" } });
  };
  await isForbidden(await fetch(url));
  const event = (await (await as(account)).json()) as {
    requestContext: { accountId: string; authorizer: { iam: Record<string, unknown> } };
  };
  assert.equal(event.requestContext.accountId, account);
  const { iam } = event.requestContext.authorizer;
  assert.deepEqual([iam.accountId, iam.userArn, iam.accessKey], [account, `arn:aws:iam::${account}:root`, account]);
  await isForbidden(await as("210987654321"));
  const other = { FunctionName: "fn", Principal: "210987654321" };
  const viaUrl = { Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "AWS_IAM" } as const;
  await client.send(new AddPermissionCommand({ ...other, ...viaUrl, StatementId: "a" }));
  await client.send(new AddPermissionCommand({ ...other, Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true, StatementId: "b" }));
  assert.equal((await as("210987654321")).status, 200);
});

const ORIGIN = "https://app.example";

async function preflight(url: string, origin = ORIGIN): Promise<Response> {
  const headers = { origin, "access-control-request-method": "PUT", "access-control-request-headers": "x-a" };
  return fetch(url, { method: "OPTIONS", headers });
}

const corsOf = ({ headers }: Response) => Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));

test("CORS settings answer preflights and stand in place of the function's own headers", async (t) => {
  const answer = { statusCode: 200, headers: { "Access-Control-Allow-Origin": "https://evil.example", "Access-Control-Max-Age": "1" } };
  const server = await startLambdaServer(t, { invoke: answering(answer) });
  const url = await openUrl(server.client, {
    AllowOrigins: [ORIGIN],
    AllowMethods: ["GET", "PUT"],
    AllowHeaders: ["x-a", "x-b"],
    ExposeHeaders: ["x-c"],
    MaxAge: 60,
    AllowCredentials: true,
  });
  const asked = await preflight(url);
  assert.equal(asked.status, 200);
  const shared = { "access-control-allow-origin": ORIGIN, "access-control-allow-credentials": "true" };
  assert.deepEqual(corsOf(asked), {
    ...shared,
    "access-control-allow-methods": "GET,PUT",
    "access-control-allow-headers": "x-a,x-b",
    "access-control-max-age": "60",
  });
  assert.deepEqual(corsOf(await preflight(url, "https://other.example")), {});
  assert.equal(server.invocations.length, 0);
  const called = await fetch(url, { headers: { origin: ORIGIN, "sec-fetch-site": "cross-site" } });
  assert.deepEqual([called.status, corsOf(called)], [200, { ...shared, "access-control-expose-headers": "x-c" }]);
  assert.deepEqual(corsOf(await fetch(url, { headers: { origin: "https://other.example" } })), {});
});

test("a star is for everybody, and with credentials for whoever asks", async (t) => {
  const { client } = await startLambdaServer(t);
  const any = { AllowOrigins: ["*"], AllowMethods: ["*"], AllowHeaders: ["*"] };
  const url = await openUrl(client, any);
  const star = { "access-control-allow-origin": "*", "access-control-allow-methods": "*", "access-control-allow-headers": "*" };
  assert.deepEqual(corsOf(await preflight(url)), star);
  await client.send(new UpdateFunctionUrlConfigCommand({ FunctionName: "fn", Cors: { ...any, AllowCredentials: true } }));
  assert.deepEqual(corsOf(await preflight(url)), {
    "access-control-allow-origin": ORIGIN,
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "PUT",
    "access-control-allow-headers": "x-a",
  });
});

test("without CORS settings preflights and CORS headers are the function's business, also for web pages of another origin", async (t) => {
  const answer = { statusCode: 204, headers: { "access-control-allow-origin": ORIGIN } };
  const server: LambdaServer = await startLambdaServer(t, { invoke: answering(answer) });
  const response = await preflight(await openUrl(server.client));
  assert.deepEqual([response.status, corsOf(response)], [204, { "access-control-allow-origin": ORIGIN }]);
  assert.equal(server.invocations.length, 1);
});

test("by path a URL is not reached under a name that was re-bound to this machine", async (t) => {
  const { client } = await startLambdaServer(t);
  const url = await openUrl(client);
  assert.equal((await viaHost(url, "evil.example", { path: new URL(url).pathname })).status, 403);
});
