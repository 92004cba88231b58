// Time as a part that is passed in, so that tests and the simulation can move it.

export interface Clock {
  /** Milliseconds since 1970 by the clock that schedules, retries and retention follow. */
  nowMs(): number;
  /** Calls back once, at or after `dueMs`; the returned function cancels. */
  at(dueMs: number, call: () => void): () => void;
}

const TIMER_MAX_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  at(dueMs, call) {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const leftMs = dueMs - Date.now();
      timer = setTimeout(leftMs > TIMER_MAX_MS ? arm : call, Math.min(Math.max(leftMs, 0), TIMER_MAX_MS));
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};
