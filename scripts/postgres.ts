// A PostgreSQL server of our own for tests and benches: Debian's programs, a fresh directory, a free port of loopback, an ordinary user.
// It ends with the process that started it, kill -9 included.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { command, tryCommand } from "./command.ts";
import { freePort } from "./free-port.ts";

const START_MS_MAX = 90_000;
const PORTS_TRIED_MAX = 5;
const USER = "lambent";

/** initdb and postgres refuse to run as root. */
const ORDINARY_USERS = ["postgres", "nobody"];

/** The shell holds a pipe from us: when we are gone, however, it reads its end and stops the server. */
const WATCHED = 'postgres="$1"; shift; "$postgres" "$@" & server=$!; (read -r _ <&3; kill -INT $server) 2>/dev/null & wait $server';

export interface PostgresServer {
  /** A superuser's address, of the database "postgres". */
  readonly url: string;
  readonly pid: number;
  /** The user that it runs as. */
  readonly uid: number;
  /** A new empty database; its address. `options` as after CREATE DATABASE. */
  createDatabase(options?: string): Promise<string>;
  /** SIGKILL to all of its processes, as a crash of the machine would. */
  kill(): Promise<void>;
  /** After kill(): on the same directory and port. */
  restart(): Promise<void>;
  /** A copy of its own directory and port that follows it, and that every commit waits for from now on. */
  standby(): Promise<PostgresStandby>;
  /** Ends it and removes everything. */
  stop(): Promise<void>;
}

export interface PostgresStandby {
  readonly port: number;
  /** It takes writes when this resolves. */
  promote(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresServerOptions {
  /** Further settings, e.g. { fsync: "off" }. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The directory of PostgreSQL's server programs, the newest there is; undefined when none is installed. */
export function postgresPrograms(): string | undefined {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return undefined;
  const versions = readdirSync(root).filter((version) => existsSync(join(root, version, "bin/initdb")));
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(root, newest, "bin");
}

export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const { server, stop } = await startServer(options.settings ?? {}, (made) => made.create());
  return {
    url: server.urlOf("postgres"),
    get pid() {
      return server.pid;
    },
    uid: server.uid,
    createDatabase: (sql) => createDatabase(server.urlOf("postgres"), sql),
    kill: () => server.kill(),
    restart: () => server.startAgain(),
    standby: () => startStandby(server),
    stop,
  };
}

async function startStandby(primary: Server): Promise<PostgresStandby> {
  const { server, stop } = await startServer({}, (made) => made.copy(primary));
  for (const statement of ["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"]) {
    const { code, output } = await psql(primary.urlOf("postgres"), statement);
    if (code !== 0) throw new Error(output);
  }
  const promote = async () => {
    // what was copied from the primary, its own standby included, is not for the one that takes its place
    for (const statement of ["SELECT pg_promote()", "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()"]) {
      const { code, output } = await psql(server.urlOf("postgres"), statement);
      if (code !== 0) throw new Error(output);
    }
  };
  return { port: server.port, promote, stop };
}

/** `make` fills its directory. */
async function startServer(settings: Readonly<Record<string, string>>, make: (server: Server) => Promise<void>) {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error("PostgreSQL is not installed: apt-get install postgresql");
  const directory = mkdtempSync(join(tmpdir(), "lambent-postgres-"));
  const removeWithUs = () => rmSync(directory, { recursive: true, force: true });
  process.on("exit", removeWithUs);
  const remove = () => {
    process.off("exit", removeWithUs);
    removeWithUs();
  };
  try {
    const identity = ordinaryUser();
    if (identity !== undefined) chownSync(directory, identity.uid, identity.gid);
    const server = new Server({ programs, directory, identity, settings });
    await make(server);
    await server.startAnywhere();
    const stop = async () => {
      await server.stop();
      remove();
    };
    return { server, stop };
  } catch (error) {
    remove();
    throw error;
  }
}

/** An empty database on the server of that address; its own address. */
export async function createDatabase(serverUrl: string, options = ""): Promise<string> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  const { code, output } = await psql(serverUrl, `CREATE DATABASE ${name} ${options}`);
  if (code !== 0) throw new Error(output);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function psql(url: string, statement: string) {
  return tryCommand(["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", url, "--command", statement]);
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

interface Place {
  readonly programs: string;
  readonly directory: string;
  /** Whom to become; undefined when we are no root. */
  readonly identity: Identity | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

class Server {
  readonly #place: Place;
  #password = randomBytes(12).toString("hex");
  #port = 0;
  #process: ChildProcess | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  get port(): number {
    return this.#port;
  }

  get uid(): number {
    return this.#place.identity?.uid ?? process.getuid?.() ?? -1;
  }

  get pid(): number {
    return Number(readFileSync(join(this.#data, "postmaster.pid"), "utf8").split("\n")[0]);
  }

  get #data(): string {
    return join(this.#place.directory, "data");
  }

  urlOf(database: string): string {
    return `postgres://${USER}:${this.#password}@127.0.0.1:${this.#port}/${database}`;
  }

  async create(): Promise<void> {
    const { directory, identity } = this.#place;
    const passwordFile = join(directory, "password");
    writeFileSync(passwordFile, this.#password, { mode: 0o600 });
    if (identity !== undefined) chownSync(passwordFile, identity.uid, identity.gid);
    const options = ["--username", USER, "--pwfile", passwordFile, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"];
    await this.#program("initdb", ["--pgdata", this.#data, "--no-sync", ...options]);
  }

  /** As a standby of another one. */
  async copy(primary: Server): Promise<void> {
    this.#password = primary.#password;
    const from = ["--dbname", primary.urlOf("postgres"), "--wal-method", "stream", "--checkpoint", "fast"];
    await this.#program("pg_basebackup", ["--pgdata", this.#data, "--write-recovery-conf", "--no-sync", ...from]);
  }

  async #program(name: string, args: readonly string[]): Promise<void> {
    const { programs, directory, identity } = this.#place;
    const child = spawn(join(programs, name), args, { cwd: directory, stdio: ["ignore", "ignore", "pipe"], ...identity });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`${name} failed:\n${said}`);
  }

  /** For the first time: a port that was free a moment ago may be another one's by now. */
  async startAnywhere(): Promise<void> {
    for (let triesLeft = PORTS_TRIED_MAX - 1; ; triesLeft--) {
      this.#port = await freePort();
      try {
        return await this.start();
      } catch (error) {
        if (triesLeft === 0 || !/Address already in use/.test(String(error))) throw error;
      }
    }
  }

  /** After a kill: what the kernel has not quite ended yet holds the shared memory, and PostgreSQL does not start beside it. */
  async startAgain(): Promise<void> {
    for (const until = Date.now() + START_MS_MAX; ; await delay(50)) {
      try {
        return await this.start();
      } catch (error) {
        if (Date.now() > until || !/pre-existing shared memory block/.test(String(error))) throw error;
      }
    }
  }

  async start(): Promise<void> {
    const { programs, directory, identity, settings } = this.#place;
    const all = {
      port: String(this.#port),
      listen_addresses: "127.0.0.1",
      unix_socket_directories: directory,
      max_connections: "200",
      ...settings,
    };
    const options = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const child = spawn("sh", ["-c", WATCHED, "sh", join(programs, "postgres"), "-D", this.#data, ...options], {
      cwd: directory,
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      ...identity,
    });
    this.#process = child;
    const closed = new Promise((resolve) => child.once("close", resolve));
    let said = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4_000)));
    for (const until = Date.now() + START_MS_MAX; ; await delay(50)) {
      if (child.exitCode !== null) {
        (child.stdio[3] as NodeJS.WritableStream | null)?.end(); // else it keeps this process waiting
        await closed; // by then it has said why
        throw new Error(`PostgreSQL ended at once:\n${said}`);
      }
      if ((await psql(this.urlOf("postgres"), "SELECT 1")).code === 0) return;
      if (Date.now() > until) throw new Error(`PostgreSQL did not start:\n${said}`);
    }
  }

  async kill(): Promise<void> {
    const pids = [this.pid, ...childrenOf(this.pid)];
    process.kill(pids[0]!, "SIGSTOP"); // so that it starts nothing anew meanwhile
    for (const pid of pids.reverse()) signal(pid, "SIGKILL");
    await this.#ended();
  }

  async stop(): Promise<void> {
    if (this.#process?.exitCode === null) signal(this.pid, "SIGINT");
    await this.#ended();
  }

  async #ended(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return;
    (child.stdio[3] as NodeJS.WritableStream | null)?.end();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
}

function ordinaryUser(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (kind: "-u" | "-g", name: string) => Number(execFileSync("id", [kind, name], { encoding: "utf8" }));
  for (const name of ORDINARY_USERS) {
    try {
      return { uid: idOf("-u", name), gid: idOf("-g", name) };
    } catch {
      // the next one
    }
  }
  throw new Error(`PostgreSQL does not run as root, and there is no user ${ORDINARY_USERS.join(" or ")}`);
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it is gone already
  }
}

export async function postgresVersion(): Promise<string> {
  const programs = postgresPrograms();
  return programs === undefined ? "none" : (await command([join(programs, "postgres"), "--version"])).trim();
}
