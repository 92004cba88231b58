// What CloudWatch's operations share.

import type { Clock } from "../../lib/clock.ts";
import type { Database } from "../../store/database.ts";

export interface CloudWatch {
  readonly database: Database;
  readonly clock: Clock;
  /** What was measured until now is in the store once it resolves. */
  readonly flush: () => Promise<void>;
}
