// Makes the server a node of a cluster, where its rows are in PostgreSQL; one that is alone loads nothing of it.

import type { Cluster } from "../cluster/cluster.ts";
import type { Config } from "../config.ts";
import type { Operations } from "../gateway/services.ts";
import type { Invoker, LocalInvoker } from "../invoke/invoker.ts";
import { systemRandom as random } from "../lib/random.ts";
import type { Operator } from "../operator.ts";
import type { Store } from "../store/open.ts";
import type { Call } from "../wire/call.ts";
import type { OnEnd } from "./parts.ts";

/** undefined: it is alone. Throws PlatformError. */
export async function joinCluster(config: Config, store: Store, operator: Operator, onEnd: OnEnd): Promise<Cluster | undefined> {
  if (config.storeUrl === undefined) return undefined;
  const { Cluster } = await import("../cluster/cluster.ts");
  const { database, nodeId } = store;
  const cluster = await Cluster.join({
    ...config.cluster,
    database,
    nodeId,
    random,
    program: operator.version,
    concurrencyMax: config.concurrencyMax,
    note: operator.note,
    warn: operator.warn,
  });
  onEnd(() => cluster.leave());
  cluster.onMembersChange(() => store.roles.shareAmong(cluster.pollers));
  return cluster;
}

/** What the rooms above use of the data plane: on one node, or on all of them. */
export interface Plane extends Pick<Invoker, "invoke" | "stats"> {
  provisioned(functionId: number, version: string): ReturnType<Invoker["provisioned"]> | Promise<ReturnType<Invoker["provisioned"]>>;
}

export function planeOf(local: LocalInvoker, cluster: Cluster | undefined): Plane {
  if (cluster === undefined) return local;
  const anywhere = cluster.serve(local);
  return {
    invoke: (invocation, signal) => anywhere.invoke(invocation, signal),
    stats: () => local.stats(),
    provisioned: (functionId, version) => cluster.provisionedStatus(functionId, version, local.provisioned(functionId, version)),
  };
}

/** They change nothing that other nodes would have to know before they are answered. */
const INVOCATIONS = new Set(["Invoke", "InvokeAsync", "InvokeWithResponseStream"]);

/** They change nothing, but may have waited for a function to settle. */
const READS = /^(Get|List)/;

/** Each is answered when all nodes follow what this one has changed. */
export function agreed(operations: Operations, cluster: Cluster): Operations {
  const entries = Object.entries(operations).map(([name, handler]) => {
    if (handler === "not-implemented" || INVOCATIONS.has(name)) return [name, handler] as const;
    const answerLater = async (input: never, call: Call, context: never) => {
      const output = await handler(input, call, context);
      await (READS.test(name) ? cluster.agree() : cluster.agreeOnAll());
      return output;
    };
    return [name, answerLater] as const;
  });
  return Object.fromEntries(entries);
}
