// A connection to 127.0.0.1, for where there is no network namespace to cross.

import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** undefined where nobody listens. */
export async function connectLocally(port: number): Promise<Socket | undefined> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    await once(socket, "connect");
    socket.on("error", () => {}); // whoever uses it sees "close"
    return socket;
  } catch {
    socket.destroy();
    return undefined;
  }
}
