// The directory that holds all state of one server: private to its owner, on a local disk, used by one process at a time.
//
//   DIR/main.db  logs.db     state and logs          DIR/lock.db    held in an exclusive transaction for the life of the process
//   DIR/blobs/               content-addressed       DIR/lock.json  who holds it, for the message to a second process
//   DIR/code/                unpacked functions      DIR/backups/   copies from before a change of schema
//   DIR/run/                 sockets and other things that die with the process; emptied at every start
//   DIR/time                 how late it was a minute ago (time-mark.ts)
//
// Node has no flock; the kernel frees SQLite's lock however the process ends, kill -9 included.

import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PlatformError } from "../lib/errors.ts";

export interface Directories {
  /** Absolute. */
  readonly root: string;
  readonly blobs: string;
  /** Unpacked code: whatever stands here without a row in the database may be removed at start. */
  readonly code: string;
  readonly run: string;
  readonly backups: string;
}

export interface ClaimedDirectory extends Directories {
  /** Notes where this process answers, for whoever is refused and for commands that look for a running server. */
  announce(endpoint: string): void;
  release(): void;
}

/** Who holds a data directory, as far as it said so. */
export interface Holder {
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endpoint?: string;
}

/** Two starts at the same moment see each other's first step: one of them waits this long, then is refused. */
const LOCK_WAIT_MS = 250;

/** `f_type` of statfs(2). SQLite's locks and shared memory do not hold there; 9p is how WSL shows the Windows disk. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x01021997, "9P"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x01161970, "GFS2"],
  [0x47504653, "GPFS"],
]);

/** Creates and locks. Throws PlatformError "data-directory-in-use", "data-directory-on-network" or "data-directory-foreign". */
export function claimDirectory(root: string): ClaimedDirectory {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  refuseForeign(root);
  const network = networkFileSystem(statfsSync(root).type, process.platform);
  if (network !== undefined) throw onNetwork(root, network);
  const lock = tryLock(root, LOCK_WAIT_MS);
  if (lock === undefined) throw inUse(root, readHolder(root));
  try {
    return prepare(root, lock);
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** What the directory's holder said of itself; it may have ended since. */
export function readHolder(root: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(join(root, "lock.json"), "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

/** The name of the network file system behind `type`, if it is one. Only Linux tells by number; macOS is not asked. */
export function networkFileSystem(type: number, platform: NodeJS.Platform): string | undefined {
  return platform === "linux" ? NETWORK_FILE_SYSTEMS.get(type) : undefined;
}

/** The lock, or undefined when another process holds it. Nobody may open lock.db in another way: closing any descriptor of it frees the lock. */
export function tryLock(root: string, waitMs: number): DatabaseSync | undefined {
  const lock = new DatabaseSync(join(root, "lock.db"), { timeout: waitMs });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === 5) return undefined;
    throw error;
  }
}

function prepare(root: string, lock: DatabaseSync): ClaimedDirectory {
  if (statSync(root).uid === process.getuid?.()) chmodSync(root, 0o700);
  writeFileSync(join(root, ".gitignore"), "*\n");
  const [blobs, code, run, backups] = ["blobs", "code", "run", "backups"].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  rmSync(run, { recursive: true, force: true });
  for (const directory of [blobs, code, run]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const startedAt = new Date().toISOString();
  const announce = (endpoint?: string) =>
    writeHolder(root, { pid: process.pid, startedAt, ...(endpoint === undefined ? {} : { endpoint }) });
  announce();
  const release = () => {
    process.off("exit", release);
    if (!lock.isOpen) return; // a process that exits releases whatever has not been released, from several places
    rmSync(join(root, "lock.json"), { force: true });
    lock.close();
  };
  // The listener also keeps the connection from being collected, and the lock with it, when nobody keeps what we return.
  process.on("exit", release);
  return { root, blobs, code, run, backups, announce, release };
}

function writeHolder(root: string, holder: Holder): void {
  const fresh = join(root, "lock.json.new");
  writeFileSync(fresh, `${JSON.stringify(holder)}\n`);
  renameSync(fresh, join(root, "lock.json"));
}

/** A mistyped --data must not turn somebody's directory into ours: it is empty, or ours already. */
function refuseForeign(root: string): void {
  const entries = readdirSync(root).filter((name) => !name.startsWith(".") && name !== "lost+found");
  if (entries.length === 0 || entries.includes("lock.db")) return;
  throw new PlatformError(
    "data-directory-foreign",
    `${root} holds files that are not lambent's (${entries.slice(0, 3).join(", ")}). Choose an empty or a new directory with --data.`,
  );
}

function onNetwork(root: string, network: string): PlatformError {
  return new PlatformError(
    "data-directory-on-network",
    `${root} lies on a ${network} file system, where SQLite's locks do not hold and data is lost. Choose a directory on a local disk with --data.`,
  );
}

function inUse(root: string, holder: Holder | undefined): PlatformError {
  const who = holder === undefined ? "another process" : `process ${holder.pid}, started ${holder.startedAt}`;
  const where = holder?.endpoint === undefined ? "" : `, which answers at ${holder.endpoint}`;
  return new PlatformError(
    "data-directory-in-use",
    `${root} is in use by ${who}${where}. Stop it, or choose another directory with --data.`,
  );
}
