// Where a symbolic link of a zip leads, followed on paper through the zip's other links: it must never leave the tree, not even on its way.

import { dirname } from "node:path";

/** Path of each link in the zip → what it points to. */
export type LinkTargets = ReadonlyMap<string, string>;

const HOPS_MAX = 40; // the kernel's own limit

export function staysInside(link: string, targets: LinkTargets): boolean {
  const target = targets.get(link) ?? "";
  if (target === "" || target.includes("\0")) return false;
  return follow(segmentsOf(dirname(link)), target, targets, HOPS_MAX) !== undefined;
}

/** The physical place that `path`, seen from directory `from`, leads to; undefined when it leaves the tree or never ends. */
function follow(from: readonly string[], path: string, targets: LinkTargets, hops: number): readonly string[] | undefined {
  if (path.startsWith("/") || hops === 0) return undefined;
  let at = from;
  for (const segment of segmentsOf(path)) {
    if (segment === "..") {
      if (at.length === 0) return undefined;
      at = at.slice(0, -1);
      continue;
    }
    const next = [...at, segment];
    const link = targets.get(next.join("/"));
    const reached = link === undefined ? next : follow(at, link, targets, hops - 1);
    if (reached === undefined) return undefined;
    at = reached;
  }
  return at;
}

function segmentsOf(path: string): readonly string[] {
  return path.split("/").filter((segment) => segment !== "" && segment !== ".");
}
