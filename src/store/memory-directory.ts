// The files of a server started with --memory: a directory below the system's temporary one, removed at the end,
// or by the next server after a kill -9.

import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClaimedDirectory, claimDirectory, tryLock } from "./data-directory.ts";

const PREFIX = "lambent-memory-";
/** A directory younger than this may belong to a process that is about to lock it. */
const ABANDONED_AFTER_MS = 60_000;

export function claimMemoryDirectory(): ClaimedDirectory {
  sweepAbandoned();
  const claimed = claimDirectory(mkdtempSync(join(tmpdir(), PREFIX)));
  const release = () => {
    process.off("exit", release);
    claimed.release();
    rmSync(claimed.root, { recursive: true, force: true });
  };
  process.on("exit", release);
  return { ...claimed, release };
}

function sweepAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    if (name.startsWith(PREFIX)) sweepIfAbandoned(join(tmpdir(), name));
  }
}

function sweepIfAbandoned(root: string): void {
  try {
    const lock = statSync(join(root, "lock.db"));
    if (lock.uid !== process.getuid?.() || Date.now() - lock.mtimeMs < ABANDONED_AFTER_MS) return;
    const held = tryLock(root, 0);
    if (held === undefined) return;
    rmSync(root, { recursive: true, force: true });
    held.close();
  } catch {
    // Another server sweeps the same directory: it is gone either way.
  }
}
