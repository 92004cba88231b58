// Who is asking: in open mode the key is taken at its word, in enforce mode its signature is checked first.

import type { Claim } from "../access/access.ts";
import type { Credentials, Identity } from "../access/credentials.ts";
import { decodeAwsChunked } from "../wire/aws-chunked.ts";
import type { Caller } from "../wire/call.ts";
import type { Identified, RequestHead } from "../wire/identify.ts";
import type { OperationPlan } from "../wire/service-model.ts";

/** What the access room does for us. */
export interface CallerSource extends Credentials {
  openCaller(claim: Claim | undefined): Promise<Caller>;
  callerOf(claim: Claim, identity: Identity): Caller;
}

export interface AuthenticatedRequest {
  readonly head: RequestHead;
  readonly identified: Identified;
  readonly operation: OperationPlan;
  /** Of a connection from inside a sandbox: nothing that the request says counts. */
  readonly forcedCaller: Caller | undefined;
}

export interface StreamedRequest {
  readonly caller: Caller;
  /** Without aws-chunked framing; fails where the body does not match what was signed. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Authenticator {
  /** Whether `authenticate` needs the SHA-256 of the body, in hexadecimal. */
  wantsHash(request: AuthenticatedRequest): boolean;
  /** Throws ServiceError 403. */
  authenticate(request: AuthenticatedRequest, bodySha256: string | undefined): Promise<Caller>;
  authenticateStream(request: AuthenticatedRequest, body: AsyncIterable<Uint8Array>): Promise<StreamedRequest>;
}

export class OpenAuthenticator implements Authenticator {
  readonly #source: CallerSource;

  constructor(source: CallerSource) {
    this.#source = source;
  }

  wantsHash(): boolean {
    return false;
  }

  async authenticate({ identified, forcedCaller }: AuthenticatedRequest): Promise<Caller> {
    return forcedCaller ?? this.#source.openCaller(claimOf(identified));
  }

  async authenticateStream(request: AuthenticatedRequest, body: AsyncIterable<Uint8Array>): Promise<StreamedRequest> {
    return { caller: await this.authenticate(request), body: decodeAwsChunked(request.head, body) };
  }
}

export function claimOf({ accessKeyId, sessionToken, region }: Identified): Claim {
  return { accessKeyId, sessionToken, region };
}
