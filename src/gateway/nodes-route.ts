// /_lambent/nodes: who is in the cluster, for its operator. Addresses inside a private network are nobody else's business: in enforce mode it asks
// for the token in the data directory, as the routes of access keys do; open mode answers loopback alone.

import { INTERNAL_PREFIX, type InternalRoute, jsonResponse } from "./internal-routes.ts";
import { requireOperator } from "./key-routes.ts";

export interface NodesRouteParts {
  readonly auth: "open" | "enforce";
  readonly operatorToken: string;
  readonly describe: () => readonly object[];
}

export function nodesRoute({ auth, operatorToken, describe }: NodesRouteParts): InternalRoute {
  return {
    method: "GET",
    prefix: `${INTERNAL_PREFIX}nodes`,
    async handle(request) {
      if (auth === "enforce") requireOperator(request, operatorToken);
      return jsonResponse(200, { nodes: describe() });
    },
  };
}
