// The URL in GetFunction's Code.Location: whoever holds it may fetch that zip for ten minutes, as with AWS's presigned S3 URLs.
//
//   /_lambent/code/<blob key>/<expires, ms>/<HMAC over both>

import { createHmac, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Clock } from "../lib/clock.ts";
import { ServiceError } from "../lib/errors.ts";
import type { Blobs } from "../store/blobs.ts";
import { INTERNAL_PREFIX, type InternalRequest, type InternalRoute } from "./internal-routes.ts";

const PREFIX = `${INTERNAL_PREFIX}code/`;
const VALID_MS = 10 * 60_000;

export interface CodeUrlParts {
  readonly blobs: Blobs;
  readonly clock: Clock;
  /** Of this run: URLs end with it. */
  readonly secret: string;
}

/** `sign` makes the URL, `route` answers it. */
export class CodeUrls {
  readonly #parts: CodeUrlParts;

  constructor(parts: CodeUrlParts) {
    this.#parts = parts;
  }

  /** `endpoint` is where the caller reaches this server: "http://host:port". */
  sign(codeKey: string, { endpoint }: { readonly endpoint: string }): string {
    const expiresMs = this.#parts.clock.nowMs() + VALID_MS;
    return `${endpoint}${PREFIX}${codeKey}/${expiresMs}/${this.#mac(codeKey, expiresMs)}`;
  }

  get route(): InternalRoute {
    return { method: "GET", prefix: PREFIX, handle: (request) => this.#download(request) };
  }

  async #download({ method, path }: InternalRequest): ReturnType<InternalRoute["handle"]> {
    const [codeKey = "", expires = "", mac = ""] = path.slice(PREFIX.length).split("/");
    if (!isEqual(mac, this.#mac(codeKey, Number(expires))))
      throw new ServiceError("SignatureDoesNotMatch", 403, "This URL was not made by this server.");
    if (Number(expires) < this.#parts.clock.nowMs()) throw new ServiceError("AccessDenied", 403, "Request has expired");
    const file = await this.#parts.blobs.file(codeKey);
    const { size } = await stat(file);
    const headers = { "content-type": "application/zip", "content-length": String(size) };
    return { status: 200, headers, body: method === "HEAD" ? "" : createReadStream(file) };
  }

  #mac(codeKey: string, expiresMs: number): string {
    return createHmac("sha256", this.#parts.secret).update(`${codeKey} ${expiresMs}`).digest("hex");
  }
}

function isEqual(given: string, wanted: string): boolean {
  return given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));
}
