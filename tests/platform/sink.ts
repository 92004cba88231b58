// A service of the host that functions tell what they do.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export interface Told {
  readonly requestId: string;
  readonly event: { readonly n?: number; readonly fail?: boolean; readonly requestContext?: { readonly condition: string } };
}

/** Resolves when `isEnough` of all that functions have told. */
export interface Sink {
  readonly port: number;
  readonly told: readonly Told[];
  until(isEnough: (told: readonly Told[]) => boolean): Promise<void>;
}

/** Who was telling: what it has not said to the end nobody has heard. */
function wasKilled(): undefined {}

/** Who tells it something is held until `open`. */
export async function startSink(t: TestContext, open: Promise<void> = Promise.resolve()): Promise<Sink> {
  const told: Told[] = [];
  const waiters = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const text = await request.toArray().then((parts) => Buffer.concat(parts).toString(), wasKilled);
    if (text === undefined) return;
    told.push(JSON.parse(text) as Told);
    for (const look of waiters) look();
    await open;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const until = (isEnough: (told: readonly Told[]) => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isEnough(told)) return;
        waiters.delete(look);
        resolve();
      };
      waiters.add(look);
      look();
    });
  return { port: (server.address() as AddressInfo).port, told, until };
}
