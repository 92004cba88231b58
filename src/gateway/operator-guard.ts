// Who may use routes of our own that tell of every account: on a server that verifies signatures whoever can read its data directory.

import type { InternalRequest } from "./internal-routes.ts";
import { requireOperator } from "./key-routes.ts";

export class OperatorGuard {
  readonly #auth: "open" | "enforce";
  readonly #token: string;

  constructor(auth: "open" | "enforce", token: string) {
    this.#auth = auth;
    this.#token = token;
  }

  /** An open server believes everybody who reaches it. Throws ServiceError 403. */
  require(request: InternalRequest): void {
    if (this.#auth === "enforce") requireOperator(request, this.#token);
  }
}
