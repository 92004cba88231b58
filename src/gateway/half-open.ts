// Lets callers close their writing side before they are answered, as `printf … | nc` does, and finds out which of them are still there.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

const ASK_EVERY_MS = 1_000;

/**
 * The running response is written before the connection is closed. A caller that closed everything looks the same until it is written to:
 * it then resets the connection, which the next write meets. So who is not answered within a second of its end is sent interim responses,
 * which every client of HTTP/1.1 passes over (RFC 9110, 15.2). A client of HTTP/1.0 gets none: that it is gone shows when it is answered.
 */
export function halfOpen(server: Server): Server {
  Object.assign(server, { httpAllowHalfOpen: true }); // in node:http since 0.x, in its types never
  const latest = new WeakMap<Socket, ServerResponse>();
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => latest.set(socket, response));
  server.on("connection", (socket: Socket) => {
    socket.once("end", () => {
      const response = latest.get(socket);
      if (response !== undefined && !response.writableEnded && response.req.httpVersion !== "1.0") askWhetherThere(socket, response);
    });
  });
  return server;
}

function askWhetherThere(socket: Socket, response: ServerResponse): void {
  const timer = setInterval(() => {
    if (response.headersSent) clearInterval(timer);
    else response.writeProcessing();
  }, ASK_EVERY_MS);
  socket.once("close", () => clearInterval(timer));
}
