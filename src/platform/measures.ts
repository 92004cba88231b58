// Everything that /_lambent/metrics says: of functions, environments, requests, the store, the cluster and this process. docs/operations.md names
// what to watch. A label has as many values as something that is bounded: services, states, and at most 200 functions.

import type { RequestTotals } from "../gateway/request-totals.ts";
import { counter, exposition, gauge, histogram, type Labels, type MetricFamily } from "../lib/exposition.ts";
import type { FunctionTotals } from "../metering/totals.ts";
import { COUNTED_MAX, countWaiting, type Waiting } from "../store/queue/waiting.procs.ts";
import type { StoreTotals } from "../store/store-totals.ts";
import type { Plane } from "./cluster.ts";
import type { Parts } from "./parts.ts";
import { ProcessMeasures } from "./process-measures.ts";

/** However many ask: of deep queues counting takes its time. */
const COUNTED_MS = 5_000;

export interface MeasuresParts extends Pick<Parts, "store" | "cluster" | "metering" | "readiness" | "operator"> {
  readonly config: Pick<Parts["config"], "concurrencyMax">;
  readonly plane: Pick<Plane, "stats">;
  readonly requests: RequestTotals;
}

export class Measures {
  readonly #parts: MeasuresParts;
  readonly #process = new ProcessMeasures();
  #counted: { readonly waiting: Promise<readonly Waiting[]>; readonly untilMs: number } | undefined;

  constructor(parts: MeasuresParts) {
    this.#parts = parts;
  }

  /** Never rejects: what cannot be known is not in it. */
  async text(): Promise<string> {
    const { metering, store, requests } = this.#parts;
    const missing = await this.#parts.readiness.missing();
    const hasStore = !missing.some(({ what }) => what === "store");
    return exposition([
      ...this.#ofServer(missing.length === 0),
      ...functionFamilies([...metering.meter.totals.functions()]),
      histogram("lambent_invocation_duration_seconds", "Invocations of all functions, as REPORT lines have it.", [
        {},
        metering.meter.totals.durations,
      ]),
      histogram("lambent_init_duration_seconds", "Initialisations of environments: cold starts without the sandbox's own.", [
        {},
        metering.meter.totals.inits,
      ]),
      ...this.#ofEnvironments(),
      ...requestFamilies(requests),
      ...storeFamilies(store.totals),
      ...(hasStore ? waitingFamilies(await this.#waiting(), store.database.nowMs()) : []),
      ...this.#ofCluster(),
      ...(await this.#process.families()),
    ]);
  }

  #ofServer(isReady: boolean): readonly MetricFamily[] {
    const { operator, store } = this.#parts;
    return [
      gauge("lambent_build_info", "Always 1.", [{ version: operator.version, store: store.database.dialect }, 1]),
      gauge("lambent_ready", "1 when /_lambent/ready answers 200.", [{}, isReady ? 1 : 0]),
    ];
  }

  #ofEnvironments(): readonly MetricFamily[] {
    const { plane, config } = this.#parts;
    const { starting, idle, busy, waiting, running } = plane.stats();
    const inState = (state: string, count: number) => [{ state }, count] as const;
    return [
      gauge(
        "lambent_environments",
        "Environments of this node.",
        inState("starting", starting),
        inState("idle", idle),
        inState("busy", busy),
      ),
      gauge("lambent_invocations_waiting", "Invocations that wait for an environment.", [{}, waiting]),
      gauge("lambent_concurrent_executions", "Invocations under way on this node.", [{}, running]),
      gauge("lambent_concurrency_limit", "--concurrency, over all nodes.", [{}, config.concurrencyMax]),
    ];
  }

  #ofCluster(): readonly MetricFamily[] {
    const { cluster } = this.#parts;
    if (cluster === undefined) return [];
    const nodes = cluster.describe();
    const { held, inUse, waiting } = cluster.permits();
    const states = ["up", "draining", "silent"].map((state) => [{ state }, nodes.filter((node) => node.state === state).length] as const);
    return [
      gauge("lambent_cluster_member", "1 while this node is a member: else it takes no work.", [{}, cluster.isMember ? 1 : 0]),
      gauge("lambent_cluster_nodes", "Members as this node sees them.", ...states),
      gauge(
        "lambent_permits",
        "Permits to run that this node holds, uses and waits for, of all limits.",
        [{ state: "held" }, held],
        [{ state: "in_use" }, inUse],
        [{ state: "waiting" }, waiting],
      ),
    ];
  }

  async #waiting(): Promise<readonly Waiting[]> {
    const nowMs = performance.now();
    if (this.#counted === undefined || nowMs > this.#counted.untilMs) {
      const waiting = this.#parts.store.database.read(countWaiting, this.#parts.store.database.nowMs()).catch(() => []); // its failure is counted where it happens
      this.#counted = { waiting, untilMs: nowMs + COUNTED_MS };
    }
    return this.#counted.waiting;
  }
}

function functionFamilies(functions: readonly FunctionTotals[]): readonly MetricFamily[] {
  const of = (name: string, help: string, value: (totals: FunctionTotals) => number) =>
    counter(name, help, ...functions.map((totals) => [labelsOf(totals), value(totals)] as const));
  return [
    of("lambent_function_invocations_total", "Invocations that ended, those with a function error too.", ({ invocations }) => invocations),
    of("lambent_function_errors_total", "Invocations that ended with a function error.", ({ errors }) => errors),
    of("lambent_function_throttles_total", "Invocations that a limit has refused.", ({ throttles }) => throttles),
    of("lambent_function_cold_starts_total", "Environments initialised.", ({ inits }) => inits),
    of("lambent_function_duration_seconds_total", "Durations of invocations, added up.", ({ seconds }) => seconds),
    of("lambent_function_billed_duration_seconds_total", "Billed durations, added up.", ({ billedSeconds }) => billedSeconds),
  ];
}

function labelsOf({ of: { account, region, name } }: FunctionTotals): Labels {
  return { account, region, function_name: name };
}

function requestFamilies({ services }: RequestTotals): readonly MetricFamily[] {
  const answers = [...services].flatMap(([service, totals]) =>
    [...totals.answers].map(([status, count]) => [{ service, code: String(status) }, count] as const),
  );
  const durations = [...services].map(([service, totals]) => [{ service }, totals.durations] as const);
  return [
    counter("lambent_http_requests_total", "Requests answered, by AWS service; empty for function URLs and own routes.", ...answers),
    histogram("lambent_http_request_duration_seconds", "From the head of a request to the end of its answer.", ...durations),
  ];
}

function storeFamilies({ durations, failures, retries }: StoreTotals): readonly MetricFamily[] {
  return [
    histogram(
      "lambent_store_duration_seconds",
      "Units of work on the store, from the call to the answer; those that write with their flush.",
      [{ kind: "write" }, durations.run],
      [{ kind: "read" }, durations.read],
    ),
    counter(
      "lambent_store_failures_total",
      "Units of work that failed, by why.",
      ...[...failures].map(([code, count]) => [{ code }, count] as const),
    ),
    counter(
      "lambent_store_retries_total",
      "Units of work begun again on PostgreSQL, by why.",
      ...[...retries].map(([reason, count]) => [{ reason }, count] as const),
    ),
  ];
}

/** The same on every node of a cluster. */
function waitingFamilies(waiting: readonly Waiting[], nowMs: number): readonly MetricFamily[] {
  const help = `Messages in the store, those in flight too, counted up to ${COUNTED_MAX}.`;
  const ages = waiting.map(
    ({ kind, messages, oldestMs }) => [{ kind }, (messages === 0 ? 0 : Math.max(0, nowMs - oldestMs)) / 1_000] as const,
  );
  return [
    gauge("lambent_queue_messages", help, ...waiting.map(({ kind, messages }) => [{ kind }, messages] as const)),
    gauge("lambent_queue_oldest_message_age_seconds", "Age of the oldest of those that were counted.", ...ages),
  ];
}
