// A TCP port that leads to one server and later to another, as the address of a database does that fails over.

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

export interface MovingAddress {
  readonly port: number;
  /** Connections to the former server are cut. */
  moveTo(port: number): void;
}

export async function movingAddress(t: TestContext, first: number): Promise<MovingAddress> {
  let target = first;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect(target, "127.0.0.1");
    for (const socket of [client, onward]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        onward.destroy();
      });
    }
    client.pipe(onward).pipe(client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  t.after(() => {
    server.close();
    cut();
  });
  return {
    port: (server.address() as { port: number }).port,
    moveTo(port) {
      target = port;
      cut();
    },
  };
}
