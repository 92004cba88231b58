// Builds what tries functions out: trials, and shadows around what invokes on this node: an event is copied by the node that runs it.

import type { Invoker } from "../invoke/invoker.ts";
import { systemRandom as random } from "../lib/random.ts";
import { Shadows } from "../trial/shadows.ts";
import { startIsolatedInvoker } from "./invoker.ts";
import type { Parts } from "./parts.ts";

/** Candidates in shadows, at one time. */
const ISOLATED_MAX = 100;

export interface Trial {
  /** Of this node alone: trials run here. */
  readonly local: Invoker;
  readonly shadows: Shadows;
  /** As `local`; shadows get copies of what it invokes. */
  readonly invoker: Invoker;
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
    invokers: { isolated: isolatedInvoker, none: () => invoker },
    onError: (error) => operator.warn("What shadows have seen could not be written or read", error),
  });
  onEnd(() => shadows.close());
  const invoke = shadows.around((invocation, recipient) => invoker.invoke(invocation, recipient));
  return {
    local: invoker,
    shadows,
    invoker: Object.create(invoker, { invoke: { value: invoke } }) as Invoker,
  };
}
