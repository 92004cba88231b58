// What the settings come to: read from options, environment and defaults, and checked. Nobody else reads process.env; main, platform and cli import this.

import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { PlatformError } from "./lib/errors.ts";
import { type S3Place, s3PlaceOf } from "./lib/s3-place.ts";
import { isOn, many, single, splitList } from "./lib/setting-text.ts";
import { type Setting, type SettingName, type SettingValues, settings } from "./settings.ts";

export interface Config {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Absolute; undefined with `memory`. */
  readonly dataDirectory: string | undefined;
  /** postgres://…, with a password perhaps: never printed. undefined: SQLite in the data directory. */
  readonly storeUrl: string | undefined;
  /** An absolute directory, or a bucket. undefined: below the data directory. */
  readonly blobs: { readonly directory: string } | { readonly bucket: S3Place; readonly variables: Environment } | undefined;
  readonly cluster: ClusterConfig;
  readonly auth: "open" | "enforce";
  /** Further host names a browser may use for this server, beside loopback and *.localhost. */
  readonly publicHosts: readonly string[];
  readonly sandbox: "auto" | "stem" | "bubblewrap" | "process";
  readonly network: "auto" | "none" | "outbound";
  readonly allowPrivateNetworks: boolean;
  readonly expose: readonly ExposedService[];
  /** Runtime id → interpreter to use for it. */
  readonly runtimePaths: ReadonlyMap<string, string>;
  readonly runtimes: "nearest" | "exact";
  /** Ready stems kept per runtime shape; 0 makes each on demand. */
  readonly readyStems: number;
  readonly concurrencyMax: number;
  readonly keepIdleMs: number;
  readonly freezeAfterMs: number;
  /** Pauses after the first and the second failure of an asynchronous invocation. */
  readonly asyncRetryMs: readonly number[];
  /** Opens what monitoring reads. */
  readonly metricsToken: string | undefined;
  /** How long callers are still let in after the signal to stop. */
  readonly drainMs: number;
  /** How long what runs may take to end after that. */
  readonly finishMs: number;
  /** Of a streamed answer beyond its first 6 MB; undefined: no limit. */
  readonly streamBytesPerSecond: number | undefined;
  /** Absolute; undefined: AWS's list prices. */
  readonly pricesFile: string | undefined;
  readonly reportsCost: boolean;
  /** Of a month. */
  readonly budgetUsd: number | undefined;
  /** For looking up interpreters: PATH and the homes of version managers. */
  readonly search: InterpreterSearch;
}

/** Of use with `storeUrl` alone. */
export interface ClusterConfig {
  readonly roles: ReadonlySet<"front" | "worker" | "poller" | "scheduler">;
  readonly listen: { readonly host: string; readonly port: number };
  /** "HOST:PORT", where it is not the one listened to. */
  readonly address: string | undefined;
  readonly secret: string | undefined;
}

/** A host service that functions reach as `<name>.lambent.internal:<port>`. */
export interface ExposedService {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface InterpreterSearch {
  readonly path: string;
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const SECRET_LENGTH_MIN = 16;

/** Each has an address of its own in 169.254.100.0/24, a listener in every sandbox and a descriptor here. */
const EXPOSED_MAX = 100;

/** Options first, then the environment, then a secret's file, then the default. Throws PlatformError "bad-setting" naming the option. */
export function readConfig(options: SettingValues, environment: Environment, workingDirectory: string): Config {
  const text = (name: SettingName) =>
    single(options[name]) ?? environment[settings[name].variable] ?? secretFile(name, environment) ?? settings[name].fallback;
  const list = (name: SettingName) => many(options[name]) ?? splitList(environment[settings[name].variable] ?? "");
  const host = text("host");
  const auth = oneOf("auth", text("auth"), ["open", "enforce"] as const);
  if (auth === "open" && !isLoopback(host)) {
    throw new PlatformError(
      "open-mode-not-loopback",
      `Without signatures lambent listens on loopback only, not on ${host}. Add --auth enforce, or leave --host out.`,
    );
  }
  return {
    host,
    port: whole("port", text("port"), { min: 0, max: 65_535 }),
    dataDirectory: isOn(text("memory")) ? undefined : resolve(workingDirectory, text("data")),
    storeUrl: text("store") === "" ? undefined : postgresUrl(text("store")),
    blobs: text("blobs") === "" ? undefined : blobsPlace(text("blobs"), environment, workingDirectory),
    cluster: clusterConfig(text, list("roles")),
    auth,
    publicHosts: list("publicHost"),
    sandbox: oneOf("sandbox", text("sandbox"), ["auto", "stem", "bubblewrap", "process"] as const),
    network: oneOf("network", text("network"), ["auto", "none", "outbound"] as const),
    allowPrivateNetworks: isOn(text("allowPrivate")),
    expose: exposedServices(list("expose")),
    runtimePaths: new Map(list("runtimePath").map(runtimePath)),
    runtimes: oneOf("runtimes", text("runtimes"), ["nearest", "exact"] as const),
    readyStems: whole("readyStems", text("readyStems"), { min: 0, max: 1_000 }),
    concurrencyMax: whole("concurrency", text("concurrency"), { min: 1, max: 100_000 }),
    keepIdleMs: 1_000 * whole("keepIdle", text("keepIdle"), { min: 0, max: 86_400 }),
    freezeAfterMs: whole("freezeAfter", text("freezeAfter"), { min: 0, max: 3_600_000 }),
    metricsToken: secretText("metricsToken", text("metricsToken")),
    drainMs: 1_000 * whole("drain", text("drain"), { min: 0, max: 600 }),
    finishMs: 1_000 * whole("finish", text("finish"), { min: 0, max: 900 }),
    asyncRetryMs: retryPauses(text("asyncRetry")),
    streamBytesPerSecond: whole("streamBandwidth", text("streamBandwidth"), { min: 0, max: 100_000 }) * 1024 * 1024 || undefined,
    pricesFile: text("prices") === "" ? undefined : resolve(workingDirectory, text("prices")),
    reportsCost: isOn(text("reportCost")),
    budgetUsd: text("budget") === "" ? undefined : money("budget", text("budget")),
    search: { path: environment["PATH"] ?? "", home: environment["HOME"] ?? homedir(), variables: environment },
  };
}

/** What main.ts hands down: everything else gets its environment as an argument. */
export function processEnvironment(): Environment {
  return process.env;
}

export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

/** Throws PlatformError when the file is named and has nothing: the default would be a server that forgets its database. */
function secretFile(name: SettingName, environment: Environment): string | undefined {
  const { isSecret, variable }: Setting = settings[name];
  const file = isSecret ? environment[`${variable}_FILE`] : undefined;
  if (file === undefined) return undefined;
  const refusal = (why: string, cause?: unknown) =>
    new PlatformError("bad-setting", `${variable}_FILE names a file with the value of ${variable}: ${file} ${why}.`, { cause });
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    throw refusal(`cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
  if (text === "") throw refusal("is empty");
  return text;
}

function clusterConfig(text: (name: SettingName) => string, roles: readonly string[]): ClusterConfig {
  const all = ["front", "worker", "poller", "scheduler"] as const;
  const chosen = roles.length === 0 ? all : roles.map((role) => oneOf("roles", role, all));
  const [host, port] = hostAndPort("clusterListen", text("clusterListen"));
  const address = text("clusterAddress");
  if (address !== "") hostAndPort("clusterAddress", address);
  else if (["0.0.0.0", "::"].includes(host)) throw bad("clusterListen", `one address of this machine, unless --cluster-address names one`);
  if (text("store") === "" && chosen.length < all.length) throw bad("roles", "all roles, unless --store names a PostgreSQL database");
  return {
    roles: new Set(chosen),
    listen: { host, port },
    address: address === "" ? undefined : address,
    secret: secretText("clusterSecret", text("clusterSecret")),
  };
}

function secretText(name: SettingName, text: string): string | undefined {
  if (text !== "" && text.length < SECRET_LENGTH_MIN) throw bad(name, `at least ${SECRET_LENGTH_MIN} characters`);
  return text === "" ? undefined : text;
}

function hostAndPort(name: SettingName, text: string): [host: string, port: number] {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) throw bad(name, `HOST:PORT, not '${text}'`);
  return [host.replace(/^\[|\]$/g, ""), Number(port)];
}

function oneOf<T extends string>(name: SettingName, value: string, allowed: readonly T[]): T {
  const found = allowed.find((entry) => entry === value);
  if (found === undefined) throw bad(name, `one of ${allowed.join(", ")}, not '${value}'`);
  return found;
}

function whole(name: SettingName, value: string, range: { min: number; max: number }): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < range.min || number > range.max)
    throw bad(name, `a whole number from ${range.min} to ${range.max}, not '${value}'`);
  return number;
}

function money(name: SettingName, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0) throw bad(name, `an amount in USD, not '${text}'`);
  return Number(text);
}

function retryPauses(text: string): readonly number[] {
  const seconds = splitList(text);
  if (seconds.length !== 2) throw bad("asyncRetry", `two whole numbers of seconds as 60,120, not '${text}'`);
  return seconds.map((entry) => 1_000 * whole("asyncRetry", entry, { min: 0, max: 21_600 }));
}

/** Another address would become a directory of that name. */
function blobsPlace(text: string, environment: Environment, workingDirectory: string): NonNullable<Config["blobs"]> {
  if (/^s3:/i.test(text))
    return { bucket: s3PlaceOf(text, environment["AWS_REGION"] || environment["AWS_DEFAULT_REGION"]), variables: environment };
  const [, scheme] = /^([a-z0-9+.-]+):\/\//i.exec(text) ?? [];
  if (scheme !== undefined) throw bad("blobs", `a directory or s3://BUCKET/PREFIX, not ${scheme}://`);
  return { directory: resolve(workingDirectory, text) };
}

/** The value is not repeated: it may hold a password. */
function postgresUrl(text: string): string {
  if (/^postgres(ql)?:\/\/./.test(text) && URL.canParse(text)) return text;
  throw bad("store", "the address of a PostgreSQL database, postgres://USER@HOST:PORT/DATABASE");
}

function exposedServices(texts: readonly string[]): readonly ExposedService[] {
  const services = texts.map(exposedService);
  const names = services.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw bad("expose", `each NAME once, not '${twice}' twice`);
  if (services.length > EXPOSED_MAX) throw bad("expose", `at most ${EXPOSED_MAX} services`);
  return services;
}

function exposedService(text: string): ExposedService {
  const match = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)=(.+):(\d{1,5})$/.exec(text);
  const [, name, host, port] = match ?? [];
  if (name === undefined || host === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw bad("expose", `NAME=HOST:PORT with a lower-case NAME, not '${text}'`);
  return { name, host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

function runtimePath(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1) throw bad("runtimePath", `ID=PATH, not '${text}'`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function bad(name: SettingName, expected: string): PlatformError {
  return new PlatformError("bad-setting", `--${settings[name].option} (or ${settings[name].variable}) takes ${expected}.`);
}
