// Connections that are read into one buffer, which all of them share, since what was read is taken or copied before the next read. For an
// accepted socket Node makes a buffer of 64 KiB and an ArrayBuffer of what came at every read, which the garbage collector has to free.
//
// Only sockets that a program opens itself may be given an `onread`: an accepted one is made anew around its handle, by names that Node does
// not document. Where a Node has others, sockets stay what they are and takeBytes() listens to them.

import { Socket, type SocketConstructorOpts } from "node:net";

type Taker = (bytes: Buffer) => void;

/** What of an accepted socket moves to the new one. */
interface Inner {
  _handle: { readonly useUserBuffer?: unknown } | null;
  _server: unknown;
}

/** As much as Node reads at once. Memory is taken where it is written to. */
const shared = Buffer.allocUnsafeSlow(64 * 1024);

class DirectSocket extends Socket {
  #take: Taker | undefined;

  constructor(handle: object, allowHalfOpen: boolean) {
    const onread = { buffer: shared, callback: (length: number) => this!.#arrived(length) };
    super({ handle, allowHalfOpen, onread } as SocketConstructorOpts);
  }

  /** From now on bytes go there, those that wait in the stream first; undefined: they are "data" again. */
  giveTo(take: Taker | undefined): void {
    this.#take = take;
    const waiting = take === undefined ? null : (this.read() as Buffer | null);
    if (waiting !== null) take?.(waiting);
  }

  /** False: the stream is full, and Node reads on when it is not. */
  #arrived(length: number): boolean {
    const bytes = Buffer.allocUnsafe(length);
    shared.copy(bytes, 0, 0, length);
    if (this.#take === undefined) return this.push(bytes);
    this.#take(bytes);
    return true;
  }
}

/** The same connection as a socket to use instead of `accepted`, which nobody may have listened to yet. */
export function direct(accepted: Socket): Socket {
  const inner = accepted as unknown as Inner;
  const { _handle: handle, _server: server } = inner;
  if (accepted instanceof DirectSocket || typeof handle?.useUserBuffer !== "function") return accepted;
  inner._handle = null;
  inner._server = null; // counts its connections; the end of the new one is the end of this one
  return Object.assign(new DirectSocket(handle, accepted.allowHalfOpen), { _server: server });
}

/** Every byte that comes from now on, until leaveBytes(). */
export function takeBytes(socket: Socket, take: Taker): void {
  if (socket instanceof DirectSocket) socket.giveTo(take);
  else socket.on("data", take);
}

/** Bytes are "data" for whoever listens. */
export function leaveBytes(socket: Socket, take: Taker): void {
  if (socket instanceof DirectSocket) socket.giveTo(undefined);
  else socket.off("data", take);
}
