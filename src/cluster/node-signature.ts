// How nodes know each other: every request between them carries an HMAC with the cluster's secret over its head, for one node and one minute.
// It proves who asks; it hides nothing. The network between nodes must be private, or a tunnel.
//
//   x-lambent-from: 3f9a…    x-lambent-time: 1764028800000    x-lambent-head: …    x-lambent-signature: hex

import { createHmac, timingSafeEqual } from "node:crypto";

/** Clocks of nodes may differ by so much, and a captured request is good for so long. */
const SKEW_MS_MAX = 30_000;

export interface SignedHead {
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly timeMs: number;
  /** What the request says beside its body; base64url, or empty. */
  readonly head: string;
  readonly bodyBytes: number;
}

export function signature(secret: string, { path, from, to, timeMs, head, bodyBytes }: SignedHead): string {
  return createHmac("sha256", secret).update(`lambent node 1\n${path}\n${from}\n${to}\n${timeMs}\n${bodyBytes}\n${head}`).digest("hex");
}

export function isSigned(secret: string, given: string, head: SignedHead, nowMs: number): boolean {
  if (!(Math.abs(nowMs - head.timeMs) <= SKEW_MS_MAX)) return false;
  const wanted = Buffer.from(signature(secret, head));
  const bytes = Buffer.from(given);
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}
