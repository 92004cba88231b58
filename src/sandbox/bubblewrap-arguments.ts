// The command line of bwrap(1) for one sandbox. Reads the host's file system to tell links from folders, and changes nothing.

import { lstatSync, readlinkSync } from "node:fs";
import { HOST_PATHS, hostPath } from "./host-paths.ts";
import type { Launch, Listener, Shape } from "./sandbox.ts";

/** Where this program's own parts appear inside. */
const OWN = "/.lambent";
const SHARED_MEMORY_MB = 64;

export interface InsideProgram {
  readonly node: string;
  readonly script: string;
}

export interface BubblewrapOptions {
  readonly shape: Shape;
  readonly launch: Pick<Launch, "code" | "layers" | "tmpMb">;
  /** What runs inside first. */
  readonly init: InsideProgram;
  /** The few files of /etc: path inside → file of the host. */
  readonly files: ReadonlyMap<string, string>;
  readonly infoFd: number;
  /** Where bwrap finds a file or folder of the host. */
  readonly place: (path: string) => string;
}

export function bubblewrapArguments({ shape, launch, init, files, infoFd, place }: BubblewrapOptions): string[] {
  const show = (from: string, to: string) => readOnly(place(hostPath(from)), to);
  const scriptInside = `${OWN}/init${init.script.slice(init.script.lastIndexOf("."))}`;
  return [
    ...[
      "--unshare-all",
      "--die-with-parent",
      "--new-session",
      "--cap-drop",
      "ALL",
      "--uid",
      "993",
      "--gid",
      "993",
      "--hostname",
      "sandbox",
    ],
    ...["--info-fd", String(infoFd)],
    ...HOST_PATHS.flatMap(showHostPath),
    ...shape.mounts.flatMap(({ from, to }) => show(from, to)),
    ...[...files].flatMap(([path, file]) => show(file, path)),
    ...show(init.node, `${OWN}/node`),
    ...show(init.script, scriptInside),
    ...show(launch.code, "/var/task"),
    ...(launch.layers === undefined ? ["--dir", "/opt"] : show(launch.layers, "/opt")),
    ...["--proc", "/proc", "--dev", "/dev"],
    ...tmpfs("/tmp", launch.tmpMb),
    ...tmpfs("/dev/shm", SHARED_MEMORY_MB),
    ...["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/var/task"],
    ...[`${OWN}/node`, "--max-old-space-size=16", "--no-warnings", scriptInside],
  ];
}

function tmpfs(path: string, megabytes: number): string[] {
  return ["--perms", "1777", "--size", String(megabytes * 1024 * 1024), "--tmpfs", path];
}

function readOnly(from: string, to: string): string[] {
  return ["--ro-bind", from, to];
}

/** /bin and /lib are symbolic links on most systems, and stay what they are. */
function showHostPath(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return found.isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : readOnly(hostPath(path), path);
}

/** All of 127.0.0.0/8 is this sandbox's own; other addresses would need rights that nothing inside has. */
export function loopbackAddresses(listeners: readonly Listener[]): Map<string, string> {
  const addresses = new Map<string, string>();
  let named = 1;
  for (const listener of listeners) {
    if (listener.hostName !== undefined) named += 1;
    addresses.set(listener.name, `127.0.0.${listener.hostName === undefined ? 1 : named}:${listener.port}`);
  }
  return addresses;
}
