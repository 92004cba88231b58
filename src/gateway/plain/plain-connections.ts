// Puts our own way for plain requests before node:http's: the connections of one of its servers begin here, and go on there once something
// comes over them that is not plain. Why: docs/decisions/0016.

import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../../lib/clock.ts";
import { direct } from "../../lib/direct-socket.ts";
import { ClosingLines } from "./plain-answer.ts";
import { type ConnectionParts, type Left, PlainConnection } from "./plain-connection.ts";
import { PlainReader } from "./plain-reader.ts";

export interface PlainOptions {
  readonly clock: Clock;
  /** Infinity: for ever. */
  readonly idleMsMax: number;
  readonly serve: ConnectionParts["serve"];
}

const SWEEP_MS = 5_000;

export class PlainConnections {
  readonly #connections = new Set<PlainConnection>();
  readonly #parts: ConnectionParts;
  readonly #idleMsMax: number;
  #timer: NodeJS.Timeout | undefined;

  /** Takes the place of what `server` does with new connections until now. */
  constructor(server: Server, { clock, idleMsMax, serve }: PlainOptions) {
    this.#idleMsMax = idleMsMax;
    const toNode = server.listeners("connection") as ((socket: Socket) => void)[];
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => this.#begin(direct(socket)));
    this.#parts = {
      reader: new PlainReader(),
      closing: new ClosingLines(clock, idleMsMax),
      serve,
      handOver: (left) => {
        for (const begin of toNode) begin.call(server, left.socket);
        sayAgain(left);
      },
      onLeft: (connection) => this.#connections.delete(connection),
    };
  }

  /** Ends those that nothing is served on. */
  closeIdle(): void {
    for (const connection of this.#connections) if (!connection.isServing) connection.socket.destroySoon();
  }

  closeAll(): void {
    for (const connection of this.#connections) connection.socket.destroy();
  }

  #begin(socket: Socket): void {
    this.#connections.add(new PlainConnection(socket, this.#parts));
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** node:http knows how long a request that does not come to its end may take. */
  #sweep(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) {
      const quietMs = nowMs - connection.quietSinceMs;
      if (connection.isServing) continue;
      if (connection.isAwaitingMore && quietMs > SWEEP_MS) connection.handOver();
      else if (quietMs > this.#idleMsMax) connection.socket.destroy();
    }
    if (this.#connections.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** node:http listens to what its sockets emit: what was heard already is said again, in the same turn. */
function sayAgain({ socket, bytes, isReadToEnd }: Left): void {
  if (bytes.length > 0) socket.emit("data", bytes);
  if (isReadToEnd) socket.emit("end");
}
