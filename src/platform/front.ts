// Builds the HTTP front: every service's table and context, internal routes, function URLs.

import type { Access } from "../access/access.ts";
import { type Config, isLoopback } from "../config.ts";
import { FunctionUrls } from "../functions/function-urls.ts";
import { awsLimits } from "../functions/limits.ts";
import { CodeUrls } from "../gateway/code-route.ts";
import type { FunctionUrlDoor } from "../gateway/function-url/url-door.ts";
import { createGateway, type Gateway } from "../gateway/gateway.ts";
import { healthRoute, readyRoute } from "../gateway/health-routes.ts";
import type { InternalRoute } from "../gateway/internal-routes.ts";
import { writeOperatorToken } from "../gateway/operator-guard.ts";
import { RequestTotals } from "../gateway/request-totals.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { Late } from "../lib/late.ts";
import { systemRandom as random } from "../lib/random.ts";
import { Settling } from "../services/lambda/function/settling.ts";
import type { Lambda } from "../services/lambda/lambda.ts";
import { Sqs } from "../services/sqs/sqs.ts";
import { agreed, type Plane } from "./cluster.ts";
import type { Later } from "./later.ts";
import { countingManagement } from "./managing-calls.ts";
import type { Measures } from "./measures.ts";
import type { Parts } from "./parts.ts";
import { type StartedPromotions, startPromotions } from "./promotions.ts";
import type { Trial } from "./trial.ts";

/** A third of all files, which nobody has to wait for: each is read at the first request of its service. */
const tables = {
  lambda: async () => (await import("../services/lambda/operations.ts")).operations,
  logs: async () => (await import("../services/logs/operations.ts")).operations,
  iam: async () => (await import("../services/iam/operations.ts")).operations,
  sts: async () => (await import("../services/sts/operations.ts")).operations,
  sqs: async () => (await import("../services/sqs/operations.ts")).operations,
  cloudwatch: async () => (await import("../services/cloudwatch/operations.ts")).operations,
  ce: async () => (await import("../services/ce/operations.ts")).operations,
};

export function startGateway(parts: Parts, plane: Plane, later: Later, trial: Trial): Gateway {
  const { config, operator, onEnd, store, access, logging, chosen, cluster, metering, catalogue } = parts;
  const { database, directories, blobs } = store;
  const codeUrls = new CodeUrls({ blobs, clock, secret: cluster?.keyFor("code URLs") ?? random.hex(32) });
  const health = () => ({
    ...(isLoopback(config.host) && { dataDirectory: directories.root }),
    sandbox: chosen.driver.name,
    ...plane.stats(),
    recursiveInvocationsDropped: later.recursion.dropped(),
  });
  const lambdaParts = lambdaContext(parts, { invoker: plane, codeUrls, ...later });
  const urls = new FunctionUrls(database);
  onEnd(async () => urls.close());
  cluster?.onChanges(() => urls.forgetAll());
  const requests = new RequestTotals();
  const gateway = createGateway({
    services: {
      lambda: {
        operations: cluster === undefined ? tables.lambda : async () => agreed(await tables.lambda(), cluster),
        context: lambdaParts,
      },
      logs: { operations: tables.logs, context: logging.service },
      iam: { operations: tables.iam, context: { database, clock, random } },
      sts: { operations: tables.sts, context: { access, database, auth: config.auth } },
      sqs: {
        operations: async () => countingManagement(await tables.sqs(), (call) => metering.countRequests(call, 1)),
        context: new Sqs({ database, queues: parts.queues, clock, random, auth: config.auth }),
      },
      cloudwatch: { operations: tables.cloudwatch, context: { database, clock, flush: metering.flush } },
      ce: { operations: tables.ce, context: { costs: metering.costs, clock, catalogue } },
    },
    auth: config.auth,
    credentials: access,
    routes: [healthRoute(health), readyRoute(() => parts.readiness.missing()), codeUrls.route],
    lateRoutes: operatorRoutes(parts, trial, {
      promoting: startPromotions(parts, trial.shadows, lambdaParts),
      measures: lateMeasures(parts, plane, requests),
    }),
    publicHosts: config.publicHosts,
    functionUrls: new Late(() => functionUrlDoor(lambdaParts, { urls, credentials: access, auth: config.auth })),
    ...(cluster && { standing: cluster }),
    log: {
      answered: (request) => requests.answered(request),
      failed: (error, request) =>
        operator.warn(`${request.service ?? ""} ${request.operation ?? request.path} (${request.requestId}) failed`, error),
    },
    random,
  });
  onEnd(() => gateway.close(parts.leftMs()));
  return gateway;
}

function lambdaContext(parts: Parts, ports: Later & { readonly invoker: Plane; readonly codeUrls: CodeUrls }): Lambda {
  const { config, operator, onEnd, store, catalogue, codeStore, queues, permissions, runtimes } = parts;
  const { database } = store;
  const settling = new Settling({ database, catalogue, random, onError: (error) => operator.warn("A function could not settle", error) });
  onEnd(() => settling.close());
  const { concurrencyMax, streamBytesPerSecond } = config;
  const shared = {
    database,
    catalogue,
    codeStore,
    settling,
    limits: awsLimits,
    concurrencyMax,
    streaming: { streamedBytesMax: awsLimits.streamedPayloadBytesMax, streamBytesPerSecond },
    clock,
    random,
    runtimes,
    queues,
    permissions,
    ...ports,
  };
  return { ...shared, warn: (sentence) => operator.note(sentence) };
}

/** The token is there from the start, for whoever reads it to ask for one of them. */
function operatorRoutes(
  parts: Parts,
  trial: Trial,
  { promoting, measures }: { readonly promoting: StartedPromotions; readonly measures: Late<Measures> },
): Late<readonly InternalRoute[]> {
  const token = writeOperatorToken({ runDirectory: parts.store.directories.run, random });
  return new Late(async () => {
    const { ownRoutes } = await import("./own-routes.ts");
    return ownRoutes(parts, trial, { promoting, token, measures: await measures.get() });
  });
}

/** A node without a front is asked on its port for other nodes. */
function lateMeasures(parts: Parts, plane: Plane, requests: RequestTotals): Late<Measures> {
  const measures = new Late(async () => new (await import("./measures.ts")).Measures({ ...parts, plane, requests }));
  const { cluster, config } = parts;
  if (config.metricsToken !== undefined) cluster?.serveMetrics(config.metricsToken, async () => (await measures.get()).text());
  return measures;
}

async function functionUrlDoor(
  lambda: Lambda,
  parts: { readonly urls: FunctionUrls; readonly credentials: Access; readonly auth: Config["auth"] },
): Promise<FunctionUrlDoor> {
  const { FunctionUrlDoor } = await import("../gateway/function-url/url-door.ts");
  const { resolvedVersion } = await import("../services/lambda/invoke/resolved-version.ts");
  return new FunctionUrlDoor({
    ...parts,
    clock,
    random,
    resolve: async (name, qualifier) => resolvedVersion(lambda, { ...name, qualifier }),
    invoke: (invocation, recipient) => lambda.invoker.invoke(invocation, recipient),
    streaming: lambda.streaming,
    payloadBytesMax: lambda.limits.requestPayloadBytesMax,
  });
}
