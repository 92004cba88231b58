// Every setting of the server: its option, its variable, its default and what it means. config.ts reads them.

import type { SettingValue } from "./lib/setting-text.ts";

export interface Setting {
  /** The option's name on the command line, without dashes. */
  readonly option: string;
  readonly variable: string;
  readonly value?: string; // placeholder; absent for switches
  readonly fallback: string;
  readonly repeatable?: true;
  /** It may also come from the file that the variable with _FILE at its end names: orchestrators hand secrets over so. */
  readonly isSecret?: true;
  readonly help: string;
}

/** THE TABLE of settings. `lambent start --help` and docs are made from it. */
export const settings = {
  port: { option: "port", variable: "LAMBENT_PORT", value: "N", fallback: "4566", help: "port of the AWS endpoint; 0 takes a free one" },
  host: {
    option: "host",
    variable: "LAMBENT_HOST",
    value: "ADDRESS",
    fallback: "127.0.0.1",
    help: "address to listen on; other than loopback needs --auth enforce",
  },
  data: { option: "data", variable: "LAMBENT_DATA", value: "DIR", fallback: ".lambent", help: "directory that holds all state" },
  memory: {
    option: "memory",
    variable: "LAMBENT_MEMORY",
    fallback: "",
    help: "keep state in memory and a temporary directory; gone at the end",
  },
  store: {
    option: "store",
    variable: "LAMBENT_STORE",
    value: "URL",
    fallback: "",
    isSecret: true,
    help: "keep all rows in PostgreSQL, postgres://USER@HOST/DATABASE, instead of SQLite files; give a password by the variable or a file",
  },
  blobs: {
    option: "blobs",
    variable: "LAMBENT_BLOBS",
    value: "PLACE",
    fallback: "",
    help: "where code and other large bytes lie, for all nodes on one --store: a directory, or s3://BUCKET/PREFIX?region=REGION (&endpoint=URL); default: below --data",
  },
  roles: {
    option: "roles",
    variable: "LAMBENT_ROLES",
    value: "ROLE,…",
    fallback: "front,worker,poller,scheduler",
    help: "what this node of a cluster does: front (callers), worker (functions), poller (queues), scheduler (timers, housekeeping)",
  },
  clusterListen: {
    option: "cluster-listen",
    variable: "LAMBENT_CLUSTER_LISTEN",
    value: "HOST:PORT",
    fallback: "127.0.0.1:0",
    help: "where other nodes on the same --store reach this one; on a private network",
  },
  clusterAddress: {
    option: "cluster-address",
    variable: "LAMBENT_CLUSTER_ADDRESS",
    value: "HOST:PORT",
    fallback: "",
    help: "the address that other nodes are told, where it is another than --cluster-listen",
  },
  clusterSecret: {
    option: "cluster-secret",
    variable: "LAMBENT_CLUSTER_SECRET",
    value: "TEXT",
    fallback: "",
    isSecret: true,
    help: "what nodes know each other by; default: drawn by the first one and kept in the database. Better given by the variable or a file",
  },
  auth: {
    option: "auth",
    variable: "LAMBENT_AUTH",
    value: "MODE",
    fallback: "open",
    help: "open (any key, loopback only) or enforce (signatures of stored keys)",
  },
  publicHost: {
    option: "public-host",
    variable: "LAMBENT_PUBLIC_HOST",
    value: "NAME",
    fallback: "",
    repeatable: true,
    help: "a further host name by which browsers reach this server",
  },
  sandbox: { option: "sandbox", variable: "LAMBENT_SANDBOX", value: "DRIVER", fallback: "auto", help: "auto, stem, bubblewrap or process" },
  network: {
    option: "network",
    variable: "LAMBENT_NETWORK",
    value: "KIND",
    fallback: "auto",
    help: "what functions reach outside: auto, none or outbound",
  },
  allowPrivate: {
    option: "allow-private-networks",
    variable: "LAMBENT_ALLOW_PRIVATE_NETWORKS",
    fallback: "",
    help: "let outbound functions reach private address ranges",
  },
  expose: {
    option: "expose",
    variable: "LAMBENT_EXPOSE",
    value: "NAME=HOST:PORT",
    fallback: "",
    repeatable: true,
    help: "a host service that functions reach as NAME.lambent.internal:PORT",
  },
  runtimePath: {
    option: "runtime-path",
    variable: "LAMBENT_RUNTIME_PATH",
    value: "ID=PATH",
    fallback: "",
    repeatable: true,
    help: "interpreter for a runtime, e.g. python3.12=/opt/py/bin/python3",
  },
  runtimes: {
    option: "runtimes",
    variable: "LAMBENT_RUNTIMES",
    value: "RULE",
    fallback: "nearest",
    help: "nearest (a newer interpreter serves, with a warning) or exact",
  },
  readyStems: {
    option: "ready-stems",
    variable: "LAMBENT_READY_STEMS",
    value: "N",
    fallback: "2",
    help: "sandboxes kept ready per runtime",
  },
  concurrency: {
    option: "concurrency",
    variable: "LAMBENT_CONCURRENCY",
    value: "N",
    fallback: "1000",
    help: "account limit of concurrent executions",
  },
  keepIdle: {
    option: "keep-idle",
    variable: "LAMBENT_KEEP_IDLE",
    value: "SECONDS",
    fallback: "300",
    help: "how long an idle environment is kept",
  },
  freezeAfter: {
    option: "freeze-after",
    variable: "LAMBENT_FREEZE_AFTER",
    value: "MS",
    fallback: "50",
    help: "idle milliseconds before an environment is frozen",
  },
  asyncRetry: {
    option: "async-retry-seconds",
    variable: "LAMBENT_ASYNC_RETRY_SECONDS",
    value: "FIRST,SECOND",
    fallback: "60,120",
    help: "pauses before the retries of a failed asynchronous invocation; shorter ones are for tests",
  },
  metricsToken: {
    option: "metrics-token",
    variable: "LAMBENT_METRICS_TOKEN",
    value: "TEXT",
    fallback: "",
    isSecret: true,
    help: "opens /_lambent/metrics, and nothing else, as a bearer token; default: with --auth enforce the operator's alone. Better given by the variable or a file",
  },
  drain: {
    option: "drain-seconds",
    variable: "LAMBENT_DRAIN_SECONDS",
    value: "N",
    fallback: "0",
    help: "how long a server that is told to stop still lets callers in while /_lambent/ready says 503; for load balancers",
  },
  finish: {
    option: "finish-seconds",
    variable: "LAMBENT_FINISH_SECONDS",
    value: "N",
    fallback: "10",
    help: "how long all that runs may then take to end, callers, mappings and asynchronous invocations together; at most 900",
  },
  streamBandwidth: {
    option: "stream-bandwidth",
    variable: "LAMBENT_STREAM_BANDWIDTH",
    value: "MB",
    fallback: "0",
    help: "MB a second of a streamed answer beyond its first 6 MB; AWS: 2; 0: no limit",
  },
  prices: {
    option: "prices",
    variable: "LAMBENT_PRICES",
    value: "FILE",
    fallback: "",
    help: 'JSON of own prices instead of AWS\'s, e.g. {"usdPerGbSecond": 0.000002, "usdPerRequest": 0}',
  },
  reportCost: {
    option: "report-cost",
    variable: "LAMBENT_REPORT_COST",
    fallback: "",
    help: "say in every REPORT line what the invocation cost; AWS has no such field",
  },
  budget: {
    option: "budget",
    variable: "LAMBENT_BUDGET",
    value: "USD",
    fallback: "",
    help: "say so when a month has cost, or is going to cost, that much",
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;
export type SettingValues = { readonly [N in SettingName]?: SettingValue };
