// Who calls a function URL with AuthType AWS_IAM: in enforce mode the signature proves it; in open mode there must be one, but the key is taken
// at its word, as everywhere.

import type { Credentials } from "../../access/credentials.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Caller } from "../../wire/call.ts";
import { identify, type RequestHead } from "../../wire/identify.ts";
import { signatureRefusals } from "../../wire/signature-refusals.ts";
import { parseSignature, SigV4Verifier } from "../../wire/sigv4.ts";
import { knownCaller, unknownCaller } from "../caller.ts";

export interface UrlCallerParts {
  readonly auth: "open" | "enforce";
  readonly credentials: Credentials;
  /** The real time: signatures expire by it. */
  readonly clock: Clock;
}

const refusals = signatureRefusals("rest-json");

export class UrlCallers {
  readonly #parts: UrlCallerParts;
  readonly #verifier = new SigV4Verifier();

  constructor(parts: UrlCallerParts) {
    this.#parts = parts;
  }

  /** `bodySha256` in hexadecimal. undefined: the request is not signed. Throws ServiceError 403 for a signature that does not hold. */
  async callerOf(head: RequestHead, bodySha256: string): Promise<Caller | undefined> {
    const signature = parseSignature(head, refusals);
    if (signature === undefined) return undefined;
    const identified = identify(head);
    const identity = await this.#parts.credentials.find(identified.accessKeyId, identified.sessionToken);
    if (this.#parts.auth === "open") return identity ? knownCaller(identified, identity) : unknownCaller(identified);
    if (identity === undefined) throw refusals.unknownKey();
    if (signature.scope.signingName !== "lambda") throw refusals.mismatch();
    const announced = head.headers["x-amz-content-sha256"];
    if (announced !== undefined && announced !== bodySha256) throw refusals.bodyMismatch();
    const { secret } = identity;
    this.#verifier.verify({ head, signature, secret, payloadHash: bodySha256, nowMs: this.#parts.clock.nowMs(), refusals });
    return knownCaller(identified, identity);
  }
}
