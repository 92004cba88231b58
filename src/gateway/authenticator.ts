// Who is asking: in open mode the key is taken at its word, in enforce mode its signature is checked first.

import type { Credentials, Identity } from "../access/credentials.ts";
import { decodeAwsChunked } from "../wire/aws-chunked.ts";
import type { Caller } from "../wire/call.ts";
import type { Identified, RequestHead } from "../wire/identify.ts";
import type { OperationPlan } from "../wire/service-model.ts";
import { insideCaller, knownCaller, unknownCaller } from "./caller.ts";

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
  /** Throws ServiceError 403, at once or later. */
  authenticate(request: AuthenticatedRequest, bodySha256: string | undefined): Caller | Promise<Caller>;
  authenticateStream(request: AuthenticatedRequest, body: AsyncIterable<Uint8Array>): Promise<StreamedRequest>;
}

export class OpenAuthenticator implements Authenticator {
  readonly #credentials: Credentials;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  wantsHash(): boolean {
    return false;
  }

  /** A key of ours is who it is, as roles inside functions are; all others are believed. */
  authenticate({ identified, forcedCaller }: AuthenticatedRequest): Caller | Promise<Caller> {
    if (forcedCaller) return insideCaller(forcedCaller, identified);
    const found = this.#credentials.find(identified.accessKeyId, identified.sessionToken);
    return found instanceof Promise ? found.then((identity) => believedCaller(identified, identity)) : believedCaller(identified, found);
  }

  async authenticateStream(request: AuthenticatedRequest, body: AsyncIterable<Uint8Array>): Promise<StreamedRequest> {
    return { caller: await this.authenticate(request), body: decodeAwsChunked(request.head, body) };
  }
}

function believedCaller(identified: Identified, identity: Identity | undefined): Caller {
  return identity ? knownCaller(identified, identity) : unknownCaller(identified);
}
