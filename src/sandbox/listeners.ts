// The listening sockets of one sandbox: connections are kept waiting until somebody answers them.

import { strict as assert } from "node:assert";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { direct } from "../lib/direct-socket.ts";

/** Connections that may wait for an answerer; processes of a function not yet started open none, so this is a guard only. */
const WAITING_MAX = 16;

interface Door {
  readonly server: Server;
  readonly sockets: Set<Socket>;
  waiting: Socket[];
  accept?: (socket: Socket) => void;
}

export class Listeners {
  readonly #doors = new Map<string, Door>();

  /** `at` is anything that net.Server.listen takes: an address, or a handle that came over the IPC channel. Resolves to the port. */
  async open(name: string, at: object): Promise<number> {
    const server = createServer({ noDelay: true });
    const door: Door = { server, sockets: new Set(), waiting: [] };
    server.on("connection", (socket) => take(door, direct(socket)));
    server.listen(at);
    await once(server, "listening");
    this.#doors.set(name, door);
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  onConnection(name: string, accept: (socket: Socket) => void): void {
    const door = this.#doors.get(name);
    assert(door !== undefined, `a sandbox has no listener called ${name}`);
    assert(door.accept === undefined, `listener ${name} is answered already`);
    door.accept = accept;
    for (const socket of door.waiting.splice(0)) accept(socket);
  }

  /** Ends the listeners and every connection that came through them. */
  async close(): Promise<void> {
    const doors = [...this.#doors.values()];
    this.#doors.clear();
    await Promise.all(doors.map(shut));
  }
}

function take(door: Door, socket: Socket): void {
  door.sockets.add(socket);
  socket.on("error", () => {}); // the answerer adds its own; a reset while waiting must not end the program
  socket.once("close", () => door.sockets.delete(socket));
  if (door.accept !== undefined) door.accept(socket);
  else if (door.waiting.length < WAITING_MAX) door.waiting.push(socket);
  else socket.destroy();
}

function shut(door: Door): Promise<void> {
  for (const socket of door.sockets) socket.destroy();
  return new Promise((resolve) => door.server.close(() => resolve()));
}
