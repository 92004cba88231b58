// Lets callers close their writing side before they are answered, as `printf … | nc` does, and finds out which of them are still there.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

const ASK_MS_FIRST = 50;
const ASK_MS_MAX = 1_000;

/**
 * The running response is written before the connection is closed. A caller that closed everything looks the same until it is written to:
 * it then resets the connection, which the next write meets. So who is not answered soon after its end is sent interim responses,
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
  const stop = askAgainAndAgain(() => {
    if (response.headersSent) stop();
    else response.writeProcessing();
  });
  socket.once("close", stop);
}

/**
 * Asks after 50 ms, at twice that, and so on, later once a second, until what it returns is called. The second question finds a caller gone:
 * until then a message that it waited for would be handed to nobody.
 */
export function askAgainAndAgain(ask: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const wait = (ms: number, sinceEndMs: number) => {
    timer = setTimeout(() => {
      ask();
      if (!isOver) wait(Math.min(sinceEndMs, ASK_MS_MAX), sinceEndMs * 2);
    }, ms);
  };
  wait(ASK_MS_FIRST, ASK_MS_FIRST);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
