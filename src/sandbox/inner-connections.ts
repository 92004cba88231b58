// Connections to what listens inside a sandbox. A process inside opens each and hands it over; they are numbered and answered in any order.

import { Socket } from "node:net";

export class InnerConnections {
  readonly #waiting = new Map<number, (socket: Socket | undefined) => void>();
  #calls = 0;
  #isClosed = false;

  /** `ask` sends the order with the number of the call. */
  open(ask: (call: number) => void): Promise<Socket | undefined> {
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve(undefined);
      const call = ++this.#calls;
      this.#waiting.set(call, resolve);
      ask(call);
    });
  }

  /** `handle` as Node's channel delivers it: a socket, or what one is made from; undefined where nobody listens. */
  answer(call: number, handle: unknown): void {
    const resolve = this.#waiting.get(call);
    this.#waiting.delete(call);
    const socket = socketOf(handle);
    socket?.on("error", () => {}); // whoever uses it sees "close"
    if (resolve === undefined) socket?.destroy();
    else resolve(socket);
  }

  close(): void {
    this.#isClosed = true;
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }
}

function socketOf(handle: unknown): Socket | undefined {
  if (handle === undefined || handle instanceof Socket) return handle;
  // not in the types of Node: how its own channel makes a socket of a handle
  const options = { handle, readable: true, writable: true };
  return new Socket(options as unknown as ConstructorParameters<typeof Socket>[0]);
}
