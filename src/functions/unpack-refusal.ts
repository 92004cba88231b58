// Why a zip is refused. Apart from what unpacks it, which the event loop has no need of.

export type RefusalReason = "not-a-zip" | "empty" | "too-large";

/** The caller's zip is at fault. Every other error that unpack() throws is this machine's: disk full, too many files open. */
export class Refusal extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
