// What any Node.js process can say of itself, under the names that Prometheus' client libraries have made common.

import { readdir } from "node:fs/promises";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { counter, gauge, type MetricFamily } from "../lib/exposition.ts";

const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

export class ProcessMeasures {
  /** From the first question on: nobody pays for what nobody reads. */
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#delay.enable();
  }

  async families(): Promise<readonly MetricFamily[]> {
    const { user, system } = process.cpuUsage();
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
    const descriptors = await readdir("/proc/self/fd").catch(() => undefined);
    return [
      counter("process_cpu_seconds_total", "CPU time of this process, without functions.", [{}, (user + system) / 1e6]),
      gauge("process_resident_memory_bytes", "Resident memory of this process, without functions.", [{}, rss]),
      gauge("process_start_time_seconds", "Start of this process since 1970.", [{}, performance.timeOrigin / 1_000]),
      ...(descriptors === undefined ? [] : [gauge("process_open_fds", "Open file descriptors.", [{}, descriptors.length])]),
      gauge("nodejs_heap_size_used_bytes", "Of V8's heap, what is used.", [{}, heapUsed]),
      gauge("nodejs_heap_size_total_bytes", "V8's heap.", [{}, heapTotal]),
      gauge("nodejs_external_memory_bytes", "Buffers outside of V8's heap.", [{}, external]),
      ...this.#eventLoop(),
    ];
  }

  /** Since the last question. */
  #eventLoop(): readonly MetricFamily[] {
    const { active } = performance.eventLoopUtilization();
    const busy = counter("lambent_event_loop_busy_seconds_total", "Time in which the event loop had something to do.", [
      {},
      active / 1_000,
    ]);
    const delay = this.#delay;
    if (delay.count === 0) return [busy];
    const of = (nanoseconds: number) => [[{}, Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1_000)]] as const;
    const since = "Delay of the event loop since the last question";
    const families = [
      gauge("nodejs_eventloop_lag_mean_seconds", `${since}, on average.`, ...of(delay.mean)),
      gauge("nodejs_eventloop_lag_p50_seconds", `${since}, median.`, ...of(delay.percentile(50))),
      gauge("nodejs_eventloop_lag_p99_seconds", `${since}, 99th percentile.`, ...of(delay.percentile(99))),
      gauge("nodejs_eventloop_lag_max_seconds", `${since}, the longest.`, ...of(delay.max)),
    ];
    delay.reset();
    return [busy, ...families];
  }
}
