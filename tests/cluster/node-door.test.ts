// The port between nodes: nothing but what is signed with the secret, for this node and of this moment, gets an answer.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { NodeClient, NodeLost, NotReached } from "../../src/cluster/node-client.ts";
import { NodeDoor } from "../../src/cluster/node-door.ts";
import { signature } from "../../src/cluster/node-signature.ts";
import { systemClock } from "../../src/lib/clock.ts";

const SECRET = "the-secret-of-all-nodes";

async function openDoor(t: TestContext) {
  const door = new NodeDoor({ nodeId: "door", secret: SECRET, clock: systemClock, onError: () => {} });
  const heard: string[] = [];
  door.handle("/say", async ({ from, body, head }) => {
    heard.push(`${from}: ${body}${head}`);
    return { status: 200, head: "aGVhZA", body: "heard" };
  });
  const port = await door.listen({ host: "127.0.0.1", port: 0 });
  t.after(() => door.close());
  return { door, heard, place: { id: "door", address: `127.0.0.1:${port}` } };
}

function clientOf(t: TestContext, { secret = SECRET, nodeId = "client" } = {}): NodeClient {
  const client = new NodeClient({ nodeId, secret, clock: systemClock });
  t.after(() => client.close());
  return client;
}

test("a signed request is heard, with its head, and answered", async (t) => {
  const { heard, place } = await openDoor(t);
  const answer = await clientOf(t).send(place, { path: "/say", head: "eA", body: "hello " });
  assert.deepEqual([answer.status, answer.head, answer.body.toString()], [200, "aGVhZA", "heard"]);
  assert.deepEqual(heard, ["client: hello eA"]);
});

test("another secret, another receiver, an old request and an unsigned one are refused, and nothing is done", async (t) => {
  const { heard, place } = await openDoor(t);
  const body = "hello";
  assert.equal((await clientOf(t, { secret: "another-secret-altogether" }).send(place, { path: "/say", body })).status, 403);
  assert.equal((await clientOf(t).send({ ...place, id: "somebody-else" }, { path: "/say", body })).status, 403);
  assert.equal((await fetch(`http://${place.address}/say`, { method: "POST", body })).status, 403);
  const sent = { path: "/say", from: "client", to: "door", head: "", bodyBytes: body.length };
  const raw = async (timeMs: number, over: object = {}) => {
    const headers = { "x-lambent-from": "client", "x-lambent-time": String(timeMs), ...over };
    const signed = { ...headers, "x-lambent-signature": signature(SECRET, { ...sent, timeMs }) };
    return (await fetch(`http://${place.address}/say`, { method: "POST", body, headers: signed })).status;
  };
  assert.equal(await raw(Date.now() - 60_000), 403);
  assert.equal(await raw(Date.now(), { "x-lambent-from": "another" }), 403);
  assert.equal(await raw(Date.now(), { "x-lambent-head": "bW9yZQ" }), 403);
  assert.deepEqual(heard, []);
  assert.equal(await raw(Date.now()), 200, "the same, as it should be");
});

test("what is not there yet is told apart from what is refused; its health anybody may ask", async (t) => {
  const { place } = await openDoor(t);
  assert.equal((await clientOf(t).send(place, { path: "/later", body: "" })).status, 503);
  assert.equal((await fetch(`http://${place.address}/health`)).status, 200);
});

test("a node that is not there is not reached; one that is given up while it works is lost", async (t) => {
  const { door, place } = await openDoor(t);
  const client = clientOf(t);
  const working = Promise.withResolvers<void>();
  door.handle("/work", () => {
    working.resolve();
    return new Promise(() => {});
  });
  const lost = assert.rejects(client.send(place, { path: "/work", body: "" }), NodeLost);
  await working.promise;
  client.giveUp("door");
  await lost;
  await door.close();
  await assert.rejects(client.send(place, { path: "/say", body: "" }), NotReached);
});

test("an answer may take longer than a connection is kept that nobody uses", async (t) => {
  const { door, place } = await openDoor(t);
  const client = new NodeClient({ nodeId: "client", secret: SECRET, clock: systemClock, keepAliveMs: 50 });
  t.after(() => client.close());
  door.handle("/work", async () => {
    await delay(300);
    return { status: 200, body: "done" };
  });
  for (let n = 0; n < 2; n++) assert.equal((await client.send(place, { path: "/work", body: "" })).body.toString(), "done");
});

test("a caller that goes away is noticed by the node that works for it", async (t) => {
  const { door, place } = await openDoor(t);
  const [working, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  door.handle("/work", ({ signal }) => {
    signal.addEventListener("abort", () => gone.resolve());
    working.resolve();
    return new Promise(() => {});
  });
  const abandon = new AbortController();
  const sent = assert.rejects(clientOf(t).send(place, { path: "/work", body: "", signal: abandon.signal }), /left/);
  await working.promise;
  abandon.abort(new Error("the caller has left"));
  await Promise.all([sent, gone.promise]);
});
