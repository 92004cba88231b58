// Functions that are updated and deleted while they run, on a real server with real functions.

import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { DeleteFunctionCommand, UpdateFunctionCodeCommand } from "@aws-sdk/client-lambda";
import { zipOf } from "../services/lambda/zip-of.ts";
import { closedGate, type Gate } from "./gate.ts";
import { descendantsOf, stillThere } from "./process-traces.ts";
import { type RunningServer, startServer } from "./running-server.ts";

/** Answers its version; when asked to wait, not before the gate has opened. */
const code = (version: number, port: number) => `
const { connect } = require("node:net");
exports.handler = async ({ wait }) => {
  if (wait) await new Promise((done) => connect(${port}, "gate.lambent.internal", function () { this.write("here"); }).on("close", done).resume());
  return ${version};
};
`;

suite("changes while a function runs", { timeout: 300_000, skip: process.platform !== "linux" }, () => {
  let server: RunningServer;
  let gate: Gate;
  const zip = (version: number) => zipOf({ "index.js": code(version, gate.port) });
  const create = async (name: string) => server.create(name, await zip(1), { Runtime: "nodejs24.x" });
  const update = async (FunctionName: string, version: number) =>
    server.client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await zip(version) }));

  before(async () => {
    gate = await closedGate();
    server = await startServer({ args: ["--expose", `gate=127.0.0.1:${gate.port}`] });
  });
  after(async () => {
    await server?.close();
    gate?.close();
  });

  test("what runs when the code is updated finishes with the old code, what begins then has the new", async () => {
    await create("updated");
    const running = server.call("updated", { wait: true });
    const held = await gate.arrival();
    await update("updated", 2);
    assert.equal(await server.call("updated"), 2);
    held.end();
    assert.equal(await running, 1);
    assert.equal(await server.call("updated"), 2);
  });

  test("what runs when its function is deleted finishes, and its environment ends", async () => {
    await create("deleted");
    const before = await environments(server);
    const running = server.call("deleted", { wait: true });
    const held = await gate.arrival();
    assert.equal(await environments(server), before + 1);
    await server.client.send(new DeleteFunctionCommand({ FunctionName: "deleted" }));
    await assert.rejects(server.call("deleted"), { name: "ResourceNotFoundException" });
    held.end();
    assert.equal(await running, 1);
    while ((await environments(server)) > before);
  });

  test("under load every call is answered by a version that was the newest when it began or later", async () => {
    await create("busy");
    let newest = 1;
    let isOver = false;
    let answered = 0;
    const callers = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        const atLeast = newest;
        const version = (await server.call("busy")) as number;
        assert.ok(version >= atLeast, `version ${version} answered after ${atLeast} was there`);
        answered++;
      }
    });
    for (let version = 2; version <= 6; version++) {
      await update("busy", version);
      // Only from the first call that is answered by it on nothing older may answer: UpdateFunctionCode answers before it has settled.
      while ((await server.call("busy")) !== version);
      newest = version;
    }
    isOver = true;
    await Promise.all(callers);
    assert.ok(answered > 0);
    // Those of former versions end; eight callers need no more than eight, one more may have been starting in a busy one's stead.
    while ((await environments(server)) > 2 * 8);
  });

  test("nothing is left when the server has ended", async () => {
    const processes = descendantsOf(server.process.pid);
    await server.close();
    assert.deepEqual(stillThere(processes), []);
  });
});

async function environments({ process }: RunningServer): Promise<number> {
  const health = await (await fetch(`${process.endpoint}/_lambent/health`)).json();
  const { idle, busy, starting } = health as { idle: number; busy: number; starting: number };
  return idle + busy + starting;
}
