// The relay to a service of the host, over real connections.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { exposedService } from "../../src/sandbox/expose.ts";

async function listen(options: object, accept: (socket: Socket) => void) {
  const server = createServer(options, accept).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

test("a client that closes its writing side still reads what the service answers to all of it", { timeout: 300_000 }, async () => {
  const service = await listen({ allowHalfOpen: true }, async (socket) => socket.end(`heard ${await text(socket)}`));
  const door = await listen({ noDelay: true }, exposedService({ name: "db", host: "127.0.0.1", port: service.port }).accept);
  const client = connect({ port: door.port, host: "127.0.0.1", allowHalfOpen: true });
  client.end("everything");
  assert.equal(await text(client), "heard everything");
  for (const { server } of [door, service]) await new Promise((resolve) => server.close(resolve)); // no connection is left
});

test("a client that resets its connection ends the service's", { timeout: 300_000 }, async () => {
  const ended = Promise.withResolvers<void>();
  const service = await listen({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {}).once("close", () => ended.resolve());
    socket.on("end", () => socket.end()).resume();
    socket.write("hello");
  });
  const door = await listen({ noDelay: true }, exposedService({ name: "db", host: "127.0.0.1", port: service.port }).accept);
  const client = connect({ port: door.port, host: "127.0.0.1" });
  await once(client, "data");
  client.resetAndDestroy();
  await ended.promise;
  for (const { server } of [door, service]) await new Promise((resolve) => server.close(resolve));
});
