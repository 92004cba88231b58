// How many permits of a key a node gets when it asks: the decision that permits.procs.ts takes under the lock of the limit's row.

/** Of what is free a node gets this part at least, so that the next few calls need not ask. */
const EXTRA_PART = 0.05;

export interface Asking {
  readonly limit: number;
  /** Held by other nodes whose leases are in force. */
  readonly others: number;
  /** Held by the node that asks. */
  readonly own: number;
  /** Of those that it holds the node keeps so many, and uses them until it hears more. */
  readonly keep: number;
  /** And would like so many more. */
  readonly want: number;
}

export interface Grant {
  readonly held: number;
  /** So many more are held by all together than there are since the limit was lowered. */
  readonly excess: number;
  /** It would have liked more. */
  readonly isShort: boolean;
}

/**
 * others + held ≤ limit, except for what is held since before the limit was lowered. That is not taken away but given back: the node uses what it
 * keeps until it has its answer, and an answer may be lost.
 */
export function decideGrant({ limit, others, own, keep, want }: Asking): Grant {
  const kept = Math.min(own, keep);
  const free = Math.max(0, limit - others - kept);
  const wanted = keep - kept + want;
  const granted = wanted === 0 ? 0 : Math.min(free, Math.max(wanted, Math.ceil(free * EXTRA_PART)));
  const held = kept + granted;
  return { held, excess: Math.max(0, others + held - limit), isShort: granted < wanted };
}
