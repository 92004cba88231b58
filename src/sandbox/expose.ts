// Host services that an operator lets functions reach, as NAME.lambent.internal:PORT: a listener in every sandbox, relayed to the service.
// Not held: half-open connections. A client that closes its writing side ends the whole connection, as with most proxies.

import { connect, type Socket } from "node:net";
import type { Listener } from "./sandbox.ts";

const CONNECT_WITHIN_MS = 10_000;

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
  const outside = connect({ host, port, noDelay: true });
  outside.setTimeout(CONNECT_WITHIN_MS, () => outside.destroy());
  outside.once("connect", () => outside.setTimeout(0));
  for (const [from, to] of [
    [inside, outside],
    [outside, inside],
  ] as const) {
    from.on("error", () => to.destroy());
    from.once("close", () => to.destroy());
    from.pipe(to);
  }
}
