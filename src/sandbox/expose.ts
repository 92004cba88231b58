// Host services that an operator lets functions reach, as NAME.lambent.internal:PORT: a listener in every sandbox, relayed to the service.
// Each direction ends for itself: a client may close its writing side and go on reading.

import { connect, type Socket } from "node:net";
import type { Listener } from "./sandbox.ts";

const CONNECT_WITHIN_MS = 10_000;
/** For what is still to be written once the other connection has ended. */
const DRAIN_WITHIN_MS = 10_000;

export interface Exposed {
  /** NAME in NAME.lambent.internal. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface ExposedService {
  readonly listener: Listener;
  accept(socket: Socket): void;
}

export function exposedService(service: Exposed): ExposedService {
  return {
    listener: { name: `expose-${service.name}`, port: service.port, hostName: `${service.name}.lambent.internal` },
    accept: (socket) => relay(socket, service),
  };
}

/** A service that does not answer is a connection that ends: what a client sees of a database that is down. */
function relay(inside: Socket, { host, port }: Exposed): void {
  const outside = connect({ host, port, noDelay: true, allowHalfOpen: true });
  inside.allowHalfOpen = true;
  outside.setTimeout(CONNECT_WITHIN_MS, () => outside.destroy());
  outside.once("connect", () => outside.setTimeout(0));
  for (const [from, to] of [
    [inside, outside],
    [outside, inside],
  ] as const) {
    from.on("error", () => to.destroy());
    from.once("close", () => {
      if (from.readableEnded && from.writableFinished) to.setTimeout(DRAIN_WITHIN_MS, () => to.destroy());
      else to.destroy();
    });
    from.pipe(to);
  }
}
