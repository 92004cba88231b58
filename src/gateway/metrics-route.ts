// /_lambent/metrics: what this server does, for Prometheus and whatever reads its format. It names functions: for the operator, and for who has the
// token that was set for monitoring, which opens nothing else.

import { isBearer } from "../lib/bearer.ts";
import { EXPOSITION_TYPE } from "../lib/exposition.ts";
import { INTERNAL_PREFIX, type InternalRoute } from "./internal-routes.ts";

export function metricsRoute(text: () => Promise<string>): InternalRoute {
  const handle = async () => ({
    status: 200,
    headers: { "content-type": EXPOSITION_TYPE, "cache-control": "no-store" },
    body: await text(),
  });
  return { method: "GET", prefix: `${INTERNAL_PREFIX}metrics`, handle };
}

/** `otherwise` answers those who do not have the token. */
export function openTo(token: string | undefined, route: InternalRoute, otherwise: InternalRoute): InternalRoute {
  if (token === undefined) return otherwise;
  return { ...route, handle: (request) => (isBearer(request.headers.authorization, token) ? route : otherwise).handle(request) };
}
