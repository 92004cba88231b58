// A service of this host that holds functions: whoever tells it that it is here hears nothing before the test says so.

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface Gate {
  readonly port: number;
  /** The next one that has come; it goes on when its socket is ended. */
  arrival(): Promise<Socket>;
  /** Resolves when so many have come, those that have gone on included. */
  reached(count: number): Promise<void>;
  /** Everybody goes on, those too that come later. */
  open(): void;
  close(): void;
}

export async function closedGate(): Promise<Gate> {
  const arrived: Socket[] = [];
  let [taken, isOpen] = [0, false];
  let changed = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      arrived.push(socket);
      if (isOpen) letGo(socket);
      changed.resolve();
      changed = Promise.withResolvers();
    });
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1_024 });
  await once(server, "listening");
  const reached = async (count: number) => {
    while (arrived.length < count) await changed.promise;
  };
  return {
    port: (server.address() as AddressInfo).port,
    reached,
    async arrival() {
      const index = taken++;
      await reached(index + 1);
      return arrived[index]!;
    },
    open() {
      isOpen = true;
      arrived.forEach(letGo);
    },
    close() {
      server.close();
      for (const socket of arrived) socket.destroy();
    },
  };
}

/** Who waits for a word has one. */
function letGo(socket: Socket): void {
  socket.end("open\n");
}
