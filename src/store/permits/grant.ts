// How many permits of a key a node gets when it asks: the decision that permits.procs.ts takes under the lock of the limit's row.

/** Of what is free a node gets this part at least, so that the next few calls need not ask. */
const EXTRA_PART = 0.05;

export interface Asking {
  readonly limit: number;
  /** Held by other nodes whose leases are in force. */
  readonly others: number;
  /** Held by the node that asks. */
  readonly own: number;
  readonly inUse: number;
  /** Of those that it holds the node would keep so many: those in use at least. */
  readonly keep: number;
  /** And would like so many more. */
  readonly want: number;
}

export interface Grant {
  readonly held: number;
  /** It would have liked more. */
  readonly isShort: boolean;
}

/** others + held ≤ limit, except for what is in use since before the limit was lowered: that is never taken away. */
export function decideGrant({ limit, others, own, inUse, keep, want }: Asking): Grant {
  const kept = Math.min(own, Math.max(inUse, Math.min(keep, limit - others)));
  const free = Math.max(0, limit - others - kept);
  const wanted = keep - kept + want;
  const granted = wanted === 0 ? 0 : Math.min(free, Math.max(wanted, Math.ceil(free * EXTRA_PART)));
  return { held: kept + granted, isShort: granted < wanted };
}
