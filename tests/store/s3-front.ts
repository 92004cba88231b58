// Stands before the tests' bucket and decides, request by request, what becomes of it: the service's ways to fail, at a moment of our choice.

import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Owner } from "../cluster/running-cluster.ts";

export interface S3Front {
  readonly endpoint: string;
  /** What to do with the requests to come: undefined hands on; whoever answers, or destroys, says true. */
  decide(decision: ((incoming: IncomingMessage, answer: ServerResponse) => boolean | Promise<boolean>) | undefined): void;
  /** Nobody listens any more, and nobody is connected. */
  shut(): Promise<void>;
  /** At the same port again. */
  reopen(): Promise<void>;
}

/** Shut after the test or the suite. */
export async function s3Front(t: Owner, endpoint: string): Promise<S3Front> {
  const target = new URL(endpoint);
  let decision: Parameters<S3Front["decide"]>[0];
  const server = createServer(async (incoming, answer) => {
    if (await decision?.(incoming, answer)) return;
    handOn(incoming, answer, target);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const shut = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  t.after(shut);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    decide: (next) => {
      decision = next;
    },
    shut,
    async reopen() {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
    },
  };
}

/** Headers as they came: they are signed, the host's name among them. */
function handOn(incoming: IncomingMessage, answer: ServerResponse, { hostname, port }: URL): void {
  const { method, url: path, headers } = incoming;
  const outgoing = request({ hostname, port, method, path, headers, setHost: false }, (answered) => {
    answer.writeHead(answered.statusCode ?? 0, answered.headers);
    answered.pipe(answer);
  });
  outgoing.on("error", () => answer.destroy());
  incoming.pipe(outgoing);
}
