import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { suite, type TestContext, test } from "node:test";
import { direct, leaveBytes, takeBytes } from "../../src/lib/direct-socket.ts";

/** A client's end, and the accepted one as it came and as it is used. */
async function connection(t: TestContext, allowHalfOpen = false) {
  const server = createServer({ allowHalfOpen });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const arrival = once(server, "connection") as Promise<[Socket]>;
  const sockets = Promise.withResolvers<{ accepted: Socket; socket: Socket }>();
  server.on("connection", (accepted: Socket) => sockets.resolve({ accepted, socket: direct(accepted) }));
  const client = connect({ port: address.port, host: "127.0.0.1", allowHalfOpen: true });
  await arrival;
  const { accepted, socket } = await sockets.promise;
  t.after(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  return { server, client, accepted, socket };
}

/** Resolves when `length` bytes were taken. */
function gather(socket: Socket, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let taken = 0;
  return new Promise((resolve) => {
    takeBytes(socket, (bytes) => {
      parts.push(bytes);
      taken += bytes.length;
      if (taken >= length) resolve(Buffer.concat(parts));
    });
  });
}

suite("connections read into one buffer", { timeout: 300_000 }, () => {
  test("an accepted connection becomes one on this Node, and only once", async (t) => {
    const { accepted, socket } = await connection(t);
    assert.notEqual(socket, accepted);
    assert.equal(direct(socket), socket);
    assert.equal(socket.remoteAddress, "127.0.0.1");
  });

  test("what many connections say at one time is not mixed up", async (t) => {
    const all = await Promise.all(Array.from({ length: 20 }, () => connection(t)));
    const length = 300_000;
    const gathered = all.map(({ socket }) => gather(socket, length));
    for (const [i, { client }] of all.entries()) client.write(Buffer.alloc(length, i));
    for (const [i, whole] of (await Promise.all(gathered)).entries()) assert.ok(whole.equals(Buffer.alloc(length, i)));
  });

  test("bytes are data for whoever listens once nobody takes them", async (t) => {
    const { client, socket } = await connection(t);
    const taken: string[] = [];
    const first = Promise.withResolvers<void>();
    const take = (bytes: Buffer) => {
      taken.push(String(bytes));
      first.resolve();
    };
    takeBytes(socket, take);
    client.write("taken");
    await first.promise;
    leaveBytes(socket, take);
    client.write("heard");
    assert.equal(String((await once(socket, "data"))[0]), "heard");
    assert.deepEqual(taken, ["taken"]);
  });

  test("what came before anybody takes bytes is not lost", async (t) => {
    const { client, socket } = await connection(t);
    client.write("early");
    while (socket.readableLength < 5) await new Promise((resolve) => setImmediate(resolve));
    const gathered = gather(socket, 10);
    client.write(" late");
    assert.equal(String(await gathered), "early late");
  });

  test("nothing is read of a paused connection, and all of it afterwards", async (t) => {
    const { client, socket } = await connection(t);
    const length = 20 * 1024 * 1024; // more than the kernel holds
    const gathered = gather(socket, length);
    socket.pause();
    let isWritten = false;
    client.write(Buffer.alloc(length), () => {
      isWritten = true;
    });
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    assert.equal(isWritten, false);
    socket.resume();
    assert.equal((await gathered).length, length);
  });

  test("a stream that nobody reads stops reading, and goes on when it is read", async (t) => {
    const { client, socket } = await connection(t);
    const length = 20 * 1024 * 1024;
    client.write(Buffer.alloc(length));
    await once(client, "drain", { signal: AbortSignal.timeout(200) }).catch(() => undefined);
    assert.ok(socket.readableLength < length / 2);
    let read = 0;
    for await (const bytes of socket) {
      read += (bytes as Buffer).length;
      if (read === length) break;
    }
    assert.equal(read, length);
  });

  test("the end of a half is told, and the other half still works", async (t) => {
    const { client, socket } = await connection(t, true);
    takeBytes(socket, () => {});
    client.end("bye");
    await once(socket, "end");
    const answer = once(client, "data");
    socket.end("good bye");
    assert.equal(String((await answer)[0]), "good bye");
  });

  test("a server is closed when the last of its connections has ended, and not before", async (t) => {
    const { client, server, socket } = await connection(t);
    takeBytes(socket, () => {});
    let isClosed = false;
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        isClosed = true;
        resolve();
      });
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isClosed, false);
    client.destroy();
    await closed;
    assert.equal(socket.destroyed, true);
  });

  test("a connection that is reset closes", async (t) => {
    const { client, socket } = await connection(t);
    takeBytes(socket, () => {});
    const failure = once(socket, "error");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    client.resetAndDestroy();
    assert.equal((await failure)[0].code, "ECONNRESET");
    await closed;
  });
});
