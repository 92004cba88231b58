// Opens the AWS endpoint, with whom it believes. Loaded with the first request: a third of what a server needs is AWS's protocols.

import { systemClock } from "../lib/clock.ts";
import { OpenAuthenticator } from "./authenticator.ts";
import { AwsDoor } from "./aws-door.ts";
import { EnforcingAuthenticator } from "./enforcing-authenticator.ts";
import type { GatewayParts } from "./gateway.ts";

export function openAwsDoor({ services, auth, credentials, publicHosts, standing, clock = systemClock }: GatewayParts): AwsDoor {
  const authenticator =
    auth === "open" ? new OpenAuthenticator(credentials) : new EnforcingAuthenticator({ credentials, clock, publicHosts });
  return new AwsDoor({ services, authenticator, publicHosts, standing });
}
