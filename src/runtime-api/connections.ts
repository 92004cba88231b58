// The connections that come from inside one sandbox, up to a limit.

import type { Socket } from "node:net";
import { Connection } from "./connection.ts";
import { route } from "./routes.ts";
import type { Session } from "./session.ts";

export class Connections {
  readonly #session: Session;
  /** What is inside opens any number of connections; more than these are closed at once. */
  readonly #countMax: number;
  readonly #open = new Set<Connection>();

  constructor(session: Session, countMax: number) {
    this.#session = session;
    this.#countMax = countMax;
  }

  add(socket: Socket): void {
    if (this.#open.size >= this.#countMax) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, (exchange) => route(exchange, this.#session));
    this.#open.add(connection);
    socket.once("close", () => this.#open.delete(connection));
  }

  close(): void {
    for (const connection of this.#open) connection.destroy();
    this.#open.clear();
  }
}
