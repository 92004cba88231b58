// A port for a program that must be told one: free at this moment, and none that the kernel gives to whoever asks for any.

import { once } from "node:events";
import { createServer } from "node:net";

/** Below those that Linux and macOS hand out by themselves. */
const [FIRST, COUNT] = [20_000, 10_000];

export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    const listener = createServer().listen(port, "127.0.0.1");
    const isFree = await once(listener, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    listener.close();
    await once(listener, "close");
    return port;
  }
}
