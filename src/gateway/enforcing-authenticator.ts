// Enforce mode: a request is who its signature proves, and its body is what was signed. What a caller may do is not decided here.

import { createHash } from "node:crypto";
import type { Credentials } from "../access/credentials.ts";
import type { Clock } from "../lib/clock.ts";
import { ServiceError } from "../lib/errors.ts";
import { decodeAwsChunked, isAwsChunked } from "../wire/aws-chunked.ts";
import { bucketOfHost } from "../wire/bucket-host.ts";
import type { Caller } from "../wire/call.ts";
import { type SignatureRefusals, signatureRefusals } from "../wire/signature-refusals.ts";
import { isSigV2, verifySigV2 } from "../wire/sigv2.ts";
import { parseSignature, SigV4Verifier, type VerifiedSignature } from "../wire/sigv4.ts";
import type { AuthenticatedRequest, Authenticator, StreamedRequest } from "./authenticator.ts";
import { insideCaller, knownCaller, unknownCaller } from "./caller.ts";

interface Proof {
  readonly caller: Caller;
  /** Absent where nothing was signed, or by SigV2. */
  readonly verified: VerifiedSignature | undefined;
}

export interface EnforcingParts {
  readonly credentials: Credentials;
  /** The real time: signatures expire by it, whatever clock schedules follow. */
  readonly clock: Clock;
  readonly publicHosts: readonly string[];
}

const UNSIGNED = "UNSIGNED-PAYLOAD";

export class EnforcingAuthenticator implements Authenticator {
  readonly #parts: EnforcingParts;
  readonly #verifier = new SigV4Verifier();

  constructor(parts: EnforcingParts) {
    this.#parts = parts;
  }

  wantsHash({ operation, forcedCaller }: AuthenticatedRequest): boolean {
    return forcedCaller === undefined && operation.model.authtype !== "none";
  }

  async authenticate(request: AuthenticatedRequest, bodySha256: string | undefined): Promise<Caller> {
    if (request.forcedCaller) return insideCaller(request.forcedCaller, request.identified);
    if (request.operation.model.authtype === "none") return unknownCaller(request.identified);
    const announced = request.head.headers["x-amz-content-sha256"];
    const refusals = refusalsFor(request);
    if (announced !== undefined && announced !== UNSIGNED && announced !== bodySha256) throw refusals.bodyMismatch();
    const mayBeUnsigned = request.operation.service.name === "s3" || request.operation.model.authtype === "v4-unsigned-body";
    const isUnsigned = mayBeUnsigned && (announced === UNSIGNED || (announced === undefined && isPresigned(request)));
    return (await this.#prove(request, isUnsigned ? UNSIGNED : bodySha256!, refusals)).caller;
  }

  async authenticateStream(request: AuthenticatedRequest, body: AsyncIterable<Uint8Array>): Promise<StreamedRequest> {
    const { head, identified, forcedCaller } = request;
    if (forcedCaller) return { caller: insideCaller(forcedCaller, identified), body: decodeAwsChunked(head, body) };
    const refusals = refusalsFor(request);
    const announced = head.headers["x-amz-content-sha256"] ?? (isPresigned(request) ? UNSIGNED : undefined);
    if (announced === undefined)
      throw new ServiceError("InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256");
    const { caller, verified } = await this.#prove(request, announced, refusals);
    if (isAwsChunked(head)) return { caller, body: decodeAwsChunked(head, body, verified) };
    return { caller, body: announced === UNSIGNED ? body : hashed(body, announced, refusals) };
  }

  async #prove(request: AuthenticatedRequest, payloadHash: string, refusals: SignatureRefusals): Promise<Proof> {
    const { head, identified } = request;
    const isV2 = request.operation.service.name === "s3" && isSigV2(head);
    const signature = isV2 ? undefined : parseSignature(head, refusals);
    if (!isV2 && !signature) throw refusals.missing();
    const identity = await this.#parts.credentials.find(identified.accessKeyId, identified.sessionToken);
    if (!identity) throw refusals.unknownKey();
    const { secret } = identity;
    const nowMs = this.#parts.clock.nowMs();
    const caller = knownCaller(identified, identity);
    if (!signature) {
      verifySigV2(head, { secret, nowMs, bucket: bucketOfHost(head.headers.host ?? "", this.#parts.publicHosts) });
      return { caller, verified: undefined };
    }
    return { caller, verified: this.#verifier.verify({ head, signature, secret, payloadHash, nowMs, refusals }) };
  }
}

const refusalsFor = ({ operation }: AuthenticatedRequest) => signatureRefusals(operation.service.metadata.protocol);

const isPresigned = ({ head }: AuthenticatedRequest) => head.headers.authorization === undefined;

/** The content as it comes; fails at its end if it is not what was signed. */
async function* hashed(source: AsyncIterable<Uint8Array>, wanted: string, refusals: SignatureRefusals): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== wanted) throw refusals.bodyMismatch();
}
