// A server that says nothing: it may be slow, or the way to it may be broken without either end having been told.

import type { Connection } from "./postgres-connection.ts";

/** Ends the connection when nothing was heard on it for `limitMs`, or for twice that at most. The returned function ends the watch. */
export function endWhenSilent(connection: Connection, limitMs: number): () => void {
  let isOver = false;
  let heard = connection.bytesRead;
  const judge = () => {
    if (isOver) return;
    if (connection.bytesRead === heard) return connection.destroy();
    heard = connection.bytesRead;
    timer = setTimeout(look, limitMs);
  };
  // When this process has slept, timers come before what waits in the socket.
  const look = () => setImmediate(judge);
  let timer = setTimeout(look, limitMs);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
