// Time as a part that is passed in, so that tests and the simulation can move it.

export interface Clock {
  /** Milliseconds since 1970, or for a clock of passing time since some moment of its own. */
  nowMs(): number;
  /** Calls back once, at or after `dueMs`; the returned function cancels. */
  at(dueMs: number, call: () => void): () => void;
}

const TIMER_MAX_MS = 2 ** 31 - 1;

/** What schedules, retries and retention follow; it can be set. */
export const systemClock: Clock = clockOf(() => Date.now());

/** Time that passes, never set: what leases, silence and deadlines go by. */
export const monotonicClock: Clock = clockOf(() => performance.now());

/** Calls back every `periodMs` until the returned function is called, also while a former call's work goes on. */
export function every(clock: Clock, periodMs: number, call: () => void): () => void {
  let cancel: () => void;
  const arm = () => {
    cancel = clock.at(clock.nowMs() + periodMs, () => {
      arm();
      call();
    });
  };
  arm();
  return () => cancel();
}

/** Its timers keep no process running. */
function clockOf(nowMs: () => number): Clock {
  const at = (dueMs: number, call: () => void) => {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const leftMs = Math.ceil(dueMs - nowMs()); // timers drop what is behind the point
      timer = setTimeout(leftMs > TIMER_MAX_MS ? arm : call, Math.min(Math.max(leftMs, 0), TIMER_MAX_MS));
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  };
  return { nowMs, at };
}
