// A file system of a few MiB in memory, for tests of full disks. Needs root on Linux.

import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

export interface SmallDisk {
  readonly path: string;
  enlarge(sizeMib: number): void;
  giveTo(uid: number): void;
}

/** Gone after the test; undefined where it cannot be mounted. */
export function mountSmallDisk(t: TestContext, sizeMib: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), "lambent-test-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeMib}m`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    rmSync(path, { recursive: true, force: true });
    return undefined;
  }
  t.after(() => {
    execFileSync("umount", ["-l", path]);
    rmSync(path, { recursive: true, force: true });
  });
  return {
    path,
    enlarge: (size) => void execFileSync("mount", ["-o", `remount,size=${size}m`, path]),
    giveTo: (uid) => chownSync(path, uid, -1),
  };
}
