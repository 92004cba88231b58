// /_lambent/nodes: who is in the cluster, for its operator: addresses inside a private network are nobody else's business.

import { INTERNAL_PREFIX, type InternalRoute, jsonResponse } from "./internal-routes.ts";

export function nodesRoute(describe: () => readonly object[]): InternalRoute {
  return { method: "GET", prefix: `${INTERNAL_PREFIX}nodes`, handle: async () => jsonResponse(200, { nodes: describe() }) };
}
