// What the operations of STS share.

import type { Access } from "../../access/access.ts";
import type { Database } from "../../store/database.ts";

export interface Sts {
  readonly access: Access;
  readonly database: Database;
  /** open: any role of any name may be taken, made or not. */
  readonly auth: "open" | "enforce";
}
