// Who is the operator of a running server: whoever can read the token in its data directory.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isBearer } from "../lib/bearer.ts";
import { ServiceError } from "../lib/errors.ts";
import type { Random } from "../lib/random.ts";
import type { InternalRequest, InternalRoute } from "./internal-routes.ts";

export class OperatorGuard {
  readonly #auth: "open" | "enforce";
  readonly #token: string;

  constructor(auth: "open" | "enforce", token: string) {
    this.#auth = auth;
    this.#token = token;
  }

  /** Throws ServiceError 403. */
  #require({ headers }: InternalRequest): void {
    if (this.#auth === "open") return;
    if (isBearer(headers.authorization, this.#token)) return;
    throw new ServiceError("AccessDenied", 403, "This is for whoever can read the server's data directory: name it by --data DIR.");
  }

  /** The route for the operator only. An open server believes everybody who reaches it. */
  around(route: InternalRoute): InternalRoute {
    return {
      ...route,
      handle: async (request) => {
        this.#require(request);
        return route.handle(request);
      },
    };
  }
}

/** Where the token of this run lies; the directory is readable by the operator only. */
export function operatorTokenFile(runDirectory: string): string {
  return join(runDirectory, "operator-token");
}

/** Writes a fresh token, and answers it; the guard accepts no other. */
export function writeOperatorToken({ runDirectory, random }: { readonly runDirectory: string; readonly random: Random }): string {
  const token = random.hex(32);
  writeFileSync(operatorTokenFile(runDirectory), token, { mode: 0o600 });
  return token;
}
