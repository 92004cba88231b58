// Which user ids sandboxes get from a supervisor that may give them: one each, so that the kernel keeps apart what belongs to them.

import { readFileSync } from "node:fs";

/** Above what systemd hands to containers (up to 1,879,048,191) and below 2^31: nobody's. */
const UNUSED_BASE = 1_950_000_000;
/** Where this program itself runs in a user namespace of 65,536 ids. */
const SMALL_BASE = 60_000;
export const SANDBOXES_MAX = 4_096;

export function uidBase(isPrivileged: boolean): number | undefined {
  return isPrivileged ? baseWithin(readFileSync("/proc/self/uid_map", "utf8")) : undefined;
}

/** /proc/self/uid_map: lines of "first inside, first outside, count". */
export function baseWithin(uidMap: string): number {
  const ranges = uidMap
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const isMapped = ranges.some(([first = 0, , count = 0]) => first <= UNUSED_BASE && first + count >= UNUSED_BASE + SANDBOXES_MAX);
  return isMapped ? UNUSED_BASE : SMALL_BASE;
}
