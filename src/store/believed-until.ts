// How long the holder of a lease goes by it. The store counts from when it wrote, by its own clock; the holder from before it asked, by its own.

/**
 * Two clocks do not run alike: one that chrony corrects is slewed by up to 8.3 % (its maxslewrate), ntpd's by 0.05 %. So the holder believes in
 * its lease for this part less, and the others have what it had only after it has stopped.
 */
const MARGIN = 0.1;

/** `askedMs` and the answer by a clock of passing time. */
export function believedUntilMs(askedMs: number, ttlMs: number): number {
  return askedMs + ttlMs * (1 - MARGIN);
}
