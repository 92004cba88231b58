// How a batch gets to a listener inside the sandbox: an HTTP request with a JSON array, or lines of JSON on a TCP connection that stays.

import type { Socket } from "node:net";
import { request } from "../../lib/http.ts";
import type { Subscription } from "../../runtime-api/subscription.ts";

export interface Delivery {
  /** False where nobody listens, or the answer is an error: to be tried again. `events` are JSON texts. */
  send(events: readonly string[]): Promise<boolean>;
  close(): void;
}

type Connect = (port: number) => Promise<Socket | undefined>;

export function deliveryTo(destination: Subscription["destination"], connect: Connect): Delivery {
  return destination.protocol === "HTTP" ? new HttpDelivery(destination, connect) : new TcpDelivery(destination.port, connect);
}

class HttpDelivery implements Delivery {
  readonly #destination: Subscription["destination"];
  readonly #connect: Connect;
  #socket: Socket | undefined;

  constructor(destination: Subscription["destination"], connect: Connect) {
    this.#destination = destination;
    this.#connect = connect;
  }

  /** A connection for each batch: a listener may close one that is idle while it is frozen. */
  async send(events: readonly string[]): Promise<boolean> {
    const socket = await this.#connect(this.#destination.port);
    if (socket === undefined) return false;
    this.#socket = socket;
    const isTaken = await this.#post(socket, `[${events.join(",")}]`);
    socket.destroy();
    return isTaken;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #post(socket: Socket, body: string): Promise<boolean> {
    const { method, path, port } = this.#destination;
    const headers = {
      host: `sandbox.localdomain:${port}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      connection: "close",
    };
    return new Promise((resolve) => {
      const posted = request({ method, path, headers, createConnection: () => socket });
      posted.once("response", (response) => {
        response.resume();
        resolve(response.statusCode !== undefined && response.statusCode < 400);
      });
      posted.on("error", () => resolve(false));
      posted.once("close", () => resolve(false)); // the first to resolve counts
      posted.end(body);
    });
  }
}

class TcpDelivery implements Delivery {
  readonly #port: number;
  readonly #connect: Connect;
  #socket: Socket | undefined;

  constructor(port: number, connect: Connect) {
    this.#port = port;
    this.#connect = connect;
  }

  async send(events: readonly string[]): Promise<boolean> {
    if (this.#socket === undefined || this.#socket.destroyed) this.#socket = await this.#connect(this.#port);
    const socket = this.#socket;
    if (socket === undefined) return false;
    return new Promise((resolve) => {
      socket.once("close", () => resolve(false));
      socket.write(`${events.join("\n")}\n`, (error) => resolve(error === null || error === undefined));
    });
  }

  close(): void {
    this.#socket?.destroy();
  }
}
