// The first signal to stop, told to work that can clean up behind itself; the second one ends the process as ever.

import { CommandFailure } from "./failure.ts";

const STOP_SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Rejects with CommandFailure when it was stopped before its end. */
export async function interruptible<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onSignal = () => stop.abort(new CommandFailure("Stopped. What had been written has been removed."));
  for (const name of STOP_SIGNALS) process.once(name, onSignal);
  try {
    return await act(stop.signal);
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    for (const name of STOP_SIGNALS) process.off(name, onSignal);
  }
}
