// The routes of our own beside the AWS endpoint that are for the server's operator.

import { costRoute } from "../gateway/cost-route.ts";
import type { InternalRoute } from "../gateway/internal-routes.ts";
import { keyRoutes, writeOperatorToken } from "../gateway/key-routes.ts";
import { nodesRoute } from "../gateway/nodes-route.ts";
import { OperatorGuard } from "../gateway/operator-guard.ts";
import { trialRoute } from "../gateway/trial-route.ts";
import { systemRandom as random } from "../lib/random.ts";
import type { Parts } from "./parts.ts";
import type { Trial } from "./trial.ts";

export function ownRoutes(
  { access, config, metering, store, cluster, catalogue, chosen }: Parts,
  { trials }: Trial,
): readonly InternalRoute[] {
  const operatorToken = writeOperatorToken({ runDirectory: store.directories.run, random });
  const guard = new OperatorGuard(config.auth, operatorToken);
  const nodes = cluster === undefined ? [] : [nodesRoute({ auth: config.auth, operatorToken, describe: () => cluster.describe() })];
  const { enforces } = chosen.driver;
  return [
    ...keyRoutes(access.keys, operatorToken),
    ...nodes,
    costRoute(metering.costs, guard, { ownPrices: config.pricesFile !== undefined }),
    trialRoute({
      trials,
      guard,
      resolve: (name, qualifier) => catalogue.resolve(name, qualifier, random.unit()),
      enforced: { cpu: enforces.has("cpu"), memory: enforces.has("memory") },
    }),
  ];
}
