// Whether this process lives, and whether callers should be sent to it: two questions, for whoever starts it again and for load balancers.

import { INTERNAL_PREFIX, type InternalRoute, jsonResponse } from "./internal-routes.ts";

/** Why callers should go elsewhere. */
export interface Missing {
  readonly what: "store" | "membership" | "willingness";
  readonly message: string;
}

/** Whoever balances load asks again by itself; this is for others. */
const RETRY_SECONDS = 1;

/** Live: answers as soon as the server listens, whatever else is broken; `describe` adds what the platform knows. */
export function healthRoute(describe: () => Readonly<Record<string, unknown>>): InternalRoute {
  return { method: "GET", prefix: `${INTERNAL_PREFIX}health`, handle: async () => jsonResponse(200, { status: "ok", ...describe() }) };
}

/** Ready: 200 when nothing is missing, else 503 and what is. */
export function readyRoute(missing: () => Promise<readonly Missing[]>): InternalRoute {
  const handle = async () => {
    const reasons = await missing();
    if (reasons.length === 0) return jsonResponse(200, { status: "ready" });
    const refusal = jsonResponse(503, { status: "not ready", missing: reasons });
    return { ...refusal, headers: { ...refusal.headers, "retry-after": String(RETRY_SECONDS) } };
  };
  return { method: "GET", prefix: `${INTERNAL_PREFIX}ready`, handle };
}
