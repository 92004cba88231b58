// Which control groups this process may use: v1 and v2 may both be mounted, each with some of the controllers.
// Finding only; groups.ts makes groups and sets limits in them.

/** What groups are needed for. "usage" is the account of CPU time. */
export type Need = "memory" | "cpu" | "pids" | "freeze" | "usage";

export interface Hierarchy {
  readonly version: 1 | 2;
  /** v1: those it is mounted with. v2: what cgroup.controllers of `folder` lists; filled in by who reads it. */
  readonly controllers: readonly string[];
  readonly mountPoint: string;
  /** The group of this process. */
  readonly folder: string;
}

const V1_CONTROLLER: Readonly<Record<Need, string>> = { memory: "memory", cpu: "cpu", pids: "pids", freeze: "freezer", usage: "cpuacct" };

/** From /proc/self/cgroup and /proc/self/mountinfo. */
export function parseHierarchies(cgroup: string, mountinfo: string): Hierarchy[] {
  const memberships = cgroup.split("\n").filter(Boolean).map(parseMembership);
  return mountinfo
    .split("\n")
    .map(parseMount)
    .filter((mount) => mount !== undefined)
    .flatMap((mount) => {
      const isMine = (controllers: readonly string[]) =>
        mount.version === 2 ? controllers.length === 0 : controllers.some((controller) => mount.options.includes(controller));
      const mine = memberships.find((each) => isMine(each.controllers));
      if (mine === undefined) return [];
      return [{ version: mount.version, controllers: mine.controllers, mountPoint: mount.at, folder: folderOf(mount, mine.path) }];
    });
}

/** "4:memory:/a/b", or "0::/a/b" for v2. */
function parseMembership(line: string): { controllers: string[]; path: string } {
  const [, controllers = "", ...path] = line.split(":");
  return { controllers: controllers === "" ? [] : controllers.split(","), path: path.join(":") };
}

interface GroupMount {
  readonly version: 1 | 2;
  readonly root: string;
  readonly at: string;
  readonly options: readonly string[];
}

/** "36 31 0:32 ROOT AT rw,relatime [optional]… - cgroup cgroup rw,memory". */
function parseMount(line: string): GroupMount | undefined {
  const [before = "", after = ""] = line.split(" - ");
  const [, , , root, at] = before.split(" ");
  const [kind, , options = ""] = after.split(" ");
  if ((kind !== "cgroup" && kind !== "cgroup2") || root === undefined || at === undefined) return undefined;
  return { version: kind === "cgroup" ? 1 : 2, root, at, options: options.split(",") };
}

/** In a container the mount may begin below the real root; a membership outside of it is only visible as the mount itself. */
function folderOf(mount: GroupMount, path: string): string {
  const root = mount.root === "/" ? "" : mount.root;
  const isInside = path === root || path.startsWith(`${root}/`);
  const below = isInside ? path.slice(root.length) : "/";
  return below === "/" || below === "" ? mount.at : mount.at + below;
}

/**
 * Who serves which need. v2 freezes faster and counts CPU time without any controller, so it comes first there;
 * the limits are where the kernel has put their controller: it is in one hierarchy only.
 */
export function assignNeeds(hierarchies: readonly Hierarchy[], freezeBy: 1 | 2 | "either" = "either"): Map<Need, Hierarchy> {
  const assigned = new Map<Need, Hierarchy>();
  const v2 = hierarchies.find((each) => each.version === 2);
  const v1 = (need: Need) => hierarchies.find((each) => each.version === 1 && each.controllers.includes(V1_CONTROLLER[need]));
  for (const need of ["memory", "cpu", "pids"] as const) {
    const found = v2?.controllers.includes(need) ? v2 : v1(need);
    if (found !== undefined) assigned.set(need, found);
  }
  for (const need of ["freeze", "usage"] as const) {
    const found = v2 !== undefined && freezeBy !== 1 ? v2 : v1(need);
    if (found !== undefined && (need === "usage" || freezeBy === "either" || found.version === freezeBy)) assigned.set(need, found);
  }
  return assigned;
}
