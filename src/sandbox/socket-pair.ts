// A connected pair of Unix sockets without native code: one end is read here, the other becomes a child's stdout and stderr alike.

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SocketPair {
  readonly ours: Socket;
  /** Give it to a child as stdio, then destroy it. */
  readonly theirs: Socket;
}

export async function socketPair(): Promise<SocketPair> {
  const folder = await mkdtemp(join(tmpdir(), "lambent-pair-"));
  const server = createServer();
  try {
    server.listen(join(folder, "s"));
    await once(server, "listening");
    const accepted = once(server, "connection") as Promise<[Socket]>;
    const theirs = connect(join(folder, "s"));
    theirs.pause();
    const [[ours]] = await Promise.all([accepted, once(theirs, "connect")]);
    return { ours, theirs };
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
