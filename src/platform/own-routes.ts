// The routes of our own beside the AWS endpoint that are for the server's operator. Loaded when one is asked for.

import type { Cluster } from "../cluster/cluster.ts";
import type { Name } from "../functions/catalogue.ts";
import { costRoute, pricesRoute } from "../gateway/cost-route.ts";
import type { InternalRoute } from "../gateway/internal-routes.ts";
import { type KeyStore, keyRoutes } from "../gateway/key-routes.ts";
import { metricsRoute, openTo } from "../gateway/metrics-route.ts";
import { nodesRoute } from "../gateway/nodes-route.ts";
import { OperatorGuard } from "../gateway/operator-guard.ts";
import { promotionRoutes } from "../gateway/promotion-routes.ts";
import { queuesRoute } from "../gateway/queues-route.ts";
import { runningRoute } from "../gateway/running-route.ts";
import { shadowRoutes } from "../gateway/shadow-routes.ts";
import { trialRoutes } from "../gateway/trial-route.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { systemRandom as random } from "../lib/random.ts";
import type { SqsQueues } from "../queues/sqs-queues.ts";
import type { Measures } from "./measures.ts";
import type { Parts } from "./parts.ts";
import type { StartedPromotions } from "./promotions.ts";
import type { Trial } from "./trial.ts";

export function ownRoutes(
  { access, config, metering, store, cluster, catalogue, chosen, queues }: Parts,
  { run, shadows, invoker }: Trial,
  { promoting, token, measures }: { promoting: StartedPromotions; token: string; measures: Measures },
): readonly InternalRoute[] {
  const { enforces } = chosen.driver;
  const { database } = store;
  const canIsolate = enforces.has("network") || !config.cluster.roles.has("worker"); // then other nodes run candidates, or refuse to
  const pricing = { ownPrices: config.pricesFile !== undefined };
  const resolve = (name: Name, qualifier: string | undefined) => catalogue.resolve(name, qualifier, random.unit());
  const routes = [
    ...(cluster === undefined ? [] : [nodesRoute(() => cluster.describe())]),
    runningRoute(() => invoker.load()),
    queuesRoute({ peek: peekOf(queues) }),
    costRoute(metering.costs, pricing),
    pricesRoute(metering.sheet, pricing),
    ...trialRoutes({ run, resolve, database, clock }),
    ...shadowRoutes({ shadows, database, clock, resolve, canIsolate }),
    ...promotionRoutes({ ...promoting, database, resolve }),
  ];
  const guard = new OperatorGuard(config.auth, token);
  const metrics = metricsRoute(() => measures.text());
  const keyGuard = new OperatorGuard("enforce", token);
  return [
    ...routes.map((route) => guard.around(route)),
    openTo(config.metricsToken, metrics, guard.around(metrics)),
    ...keyRoutes(agreedKeys(access.keys, cluster)).map((route) => keyGuard.around(route)),
  ];
}

/** A key that is told is good on every node, and one that is said to be gone on none. */
function agreedKeys(keys: KeyStore, cluster: Cluster | undefined): KeyStore {
  const whenAgreed = async <T>(answer: T): Promise<T> => {
    await cluster?.agreeOnAll();
    return answer;
  };
  return {
    list: () => keys.list(),
    create: async (wanted) => whenAgreed(await keys.create(wanted)),
    delete: async (accessKeyId) => whenAgreed(await keys.delete(accessKeyId)),
  };
}

/** As a receive shows them, but for the handle. */
function peekOf(queues: SqsQueues) {
  return async (arn: string, max: number) => {
    const queue = await queues.findByArn(arn);
    if (queue === undefined) return undefined;
    const messages = await queues.peek(queue, max);
    return messages.map(({ messageId, body, systemAttributes }) => ({ MessageId: messageId, Body: body, Attributes: systemAttributes }));
  };
}
