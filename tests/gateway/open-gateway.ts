// A listening gateway over given services, for tests: open mode unless asked otherwise, unexpected errors collected.

import type { Credentials } from "../../src/access/credentials.ts";
import { createGateway, type Gateway, type GatewayParts } from "../../src/gateway/gateway.ts";
import type { Services } from "../../src/gateway/services.ts";
import { systemRandom } from "../../src/lib/random.ts";

export interface OpenGateway {
  readonly gateway: Gateway;
  readonly port: number;
  readonly url: string;
  /** What the gateway reported as its own failures. */
  readonly failures: unknown[];
  close(): Promise<void>;
}

export const nobody: Credentials = { find: async () => undefined };

export async function openGateway(services: Services, parts: Partial<GatewayParts> = {}): Promise<OpenGateway> {
  const failures: unknown[] = [];
  const log = { failed: (error: unknown) => void failures.push(error) };
  const gateway = createGateway({
    services,
    auth: "open",
    credentials: nobody,
    routes: [],
    publicHosts: [],
    log,
    random: systemRandom,
    ...parts,
  });
  const { port } = await gateway.listen({ host: "127.0.0.1", port: 0 });
  return { gateway, port, url: `http://127.0.0.1:${port}`, failures, close: () => gateway.close(1_000) };
}
