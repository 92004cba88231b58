// Builds what tries functions out: trials, and shadows around what invokes on this node: an event is copied by the node that runs it.

import type { Name } from "../functions/catalogue.ts";
import type { Invoker, LocalInvoker } from "../invoke/invoker.ts";
import { Late } from "../lib/late.ts";
import { systemRandom as random } from "../lib/random.ts";
import { Shadows } from "../trial/shadows.ts";
import type { RunTrial } from "../trial/trial-nodes.ts";
import { startIsolatedInvoker } from "./invoker.ts";
import type { Parts } from "./parts.ts";

/** Candidates in shadows, at one time. */
const ISOLATED_MAX = 100;

export interface Trial {
  /** Of a function, where functions run. */
  readonly run: RunTrial;
  readonly shadows: Shadows;
  /** As the one that it was made of; shadows get copies of what it invokes. */
  readonly invoker: LocalInvoker;
}

export async function startTrial(parts: Parts, invoker: Invoker): Promise<Trial> {
  const { metering, store, catalogue, operator, onEnd } = parts;
  const { sheet } = metering;
  let isolated: Invoker | undefined;
  const isolatedInvoker = () => {
    isolated ??= startIsolatedInvoker(parts, ISOLATED_MAX);
    return isolated;
  };
  const shadows = await Shadows.open({
    database: store.database,
    nodeId: store.nodeId,
    random,
    sheet,
    resolve: (name, qualifier) => catalogue.resolve(name, qualifier, random.unit()),
    canIsolate: parts.chosen.driver.enforces.has("network"),
    invokers: { isolated: isolatedInvoker, none: () => invoker },
    onError: (error) => operator.warn("What shadows have seen could not be written or read", error),
  });
  onEnd(() => shadows.close());
  const invoke = shadows.around((invocation, recipient) => invoker.invoke(invocation, recipient));
  return {
    run: trialsOf(parts, invoker),
    shadows,
    invoker: invokingBy(invoke, invoker),
  };
}

/** In all else that invoker. */
function invokingBy(invoke: Invoker["invoke"], invoker: Invoker): LocalInvoker {
  return {
    invoke,
    get running() {
      return invoker.running;
    },
    stats: () => invoker.stats(),
    provisioned: (functionId, version) => invoker.provisioned(functionId, version),
    idle: () => invoker.idle(),
    idleOf: (version) => invoker.idleOf(version),
    load: () => invoker.load(),
  };
}

/** Here, unless this node runs no functions; on request of such nodes too. What that takes is loaded with the first one. */
function trialsOf({ config, cluster, catalogue, chosen, metering }: Parts, invoker: Invoker): RunTrial {
  const { enforces } = chosen.driver;
  const enforced = { cpu: enforces.has("cpu"), memory: enforces.has("memory") };
  // One for both ways: it runs one trial of a version at a time.
  const late = new Late(async () => new (await import("../trial/trials.ts")).Trials({ invoker, random, sheet: metering.sheet }));
  const trials = async () => late.get();
  const find = ({ version, ...name }: Name & { readonly version: string }) => catalogue.find(name)?.running.get(version);
  if (cluster !== undefined && !config.cluster.roles.has("worker")) {
    return async (resolved, wish) =>
      (await import("../trial/trial-nodes.ts")).runElsewhere((ask) => cluster.askWorker(ask))(resolved, wish);
  }
  cluster?.onAsked("/trial", async (asked) => (await import("../trial/trial-nodes.ts")).answerTrial(asked, { trials, find, enforced }));
  return async (resolved, wish) => ({ measured: await (await trials()).run(resolved, wish), enforced });
}
