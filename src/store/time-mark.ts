// How late it has been, noted in the data directory: a machine whose clock is behind when it starts again (no battery, a snapshot) must not hold
// back for hours what was sent or leased before.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SteadyClock } from "../lib/steady-clock.ts";

const EVERY_MS = 60_000;

/** From now on `clock` is not before the last mark. Returns what ends the marking, with a last mark. */
export function followTimeMark(root: string, clock: SteadyClock): () => void {
  const file = join(root, "time");
  const mark = () => {
    try {
      writeFileSync(file, `${clock.nowMs()}\n`);
    } catch {
      // The disk is full, say: an older mark, or none, is only worth less.
    }
  };
  const lastMs = readMark(file);
  if (lastMs !== undefined) clock.notBefore(lastMs);
  const timer = setInterval(mark, EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    mark();
  };
}

/** undefined: there is none that makes sense. */
function readMark(file: string): number | undefined {
  try {
    const ms = Number(readFileSync(file, "utf8"));
    return Number.isSafeInteger(ms) && ms > 0 ? ms : undefined;
  } catch {
    return undefined;
  }
}
