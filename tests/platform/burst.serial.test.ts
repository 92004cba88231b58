// Two thousand callers at once against a limit of fifty: the fifty are held inside until everyone else has been answered.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { test } from "node:test";
import { PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { buildFunctions } from "../../scripts/build-functions.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { closedGate } from "./gate.ts";
import { descendantsOf, stillThere } from "./process-traces.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";

const CALLERS = 2_000;
const LIMIT = 50;

test(`${CALLERS} callers at once of a function with ${LIMIT} reserved: exactly the others are throttled, and no process is left`, {
  skip: process.platform !== "linux",
  timeout: 300_000,
}, async (t) => {
  const gate = await closedGate();
  t.after(gate.close);
  const server = await startServer({ args: ["--concurrency", String(LIMIT + 100), "--expose", `gate=127.0.0.1:${gate.port}`] });
  t.after(server.close);
  const { "meets-others": binary } = await buildFunctions();
  const zip = await zipOf({ bootstrap: { content: await readFile(binary!), mode: 0o100755 } });
  for (const name of ["held", "free"]) await server.create(name, zip, { Runtime: "provided.al2023", MemorySize: 128, Timeout: 120 });
  await server.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "held", ReservedConcurrentExecutions: LIMIT }));

  const event = JSON.stringify({ address: `gate.lambent.internal:${gate.port}` });
  const tally = { ok: 0, throttled: 0 };
  let othersAnswered = () => {};
  const others = new Promise<void>((resolve) => {
    othersAnswered = resolve;
  });
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  t.after(() => agent.destroy());
  const calls = Array.from({ length: CALLERS }, async () => {
    const { status, body } = await invoke(server, agent, "held", event);
    if (status === 200) tally.ok++;
    else {
      assert.deepEqual([status, JSON.parse(body).Reason], [429, "ReservedFunctionConcurrentInvocationLimitExceeded"]);
      if (++tally.throttled === CALLERS - LIMIT) othersAnswered();
    }
  });
  await Promise.race([others, Promise.all(calls)]);
  const free = invoke(server, agent, "free", event);
  await gate.reached(LIMIT + 1);
  gate.open();
  await Promise.all(calls);

  assert.deepEqual(tally, { ok: LIMIT, throttled: CALLERS - LIMIT });
  assert.equal((await free).status, 200, "what is reserved for one leaves the others theirs");
  const processes = descendantsOf(server.process.pid);
  await server.close();
  assert.deepEqual(stillThere(processes), []);
});

async function invoke(
  server: RunningServer,
  agent: Agent,
  name: string,
  event: string,
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const scope = `${ACCOUNT}/20260101/${REGION}/lambda/aws4_request`;
  const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
  const url = `${server.process.endpoint}/2015-03-31/functions/${name}/invocations`;
  const sent = request(url, { method: "POST", agent, headers });
  sent.end(event);
  const [response] = await once(sent, "response");
  let body = "";
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, body };
}
