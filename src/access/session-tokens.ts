// Temporary credentials that nobody has to store: key, secret and token are all derived from what the token says and one secret of ours.
// Whoever holds the secret checks a token without asking anyone, so an execution role's credentials cost no SQL.
//
//   token = base64( mac[32] · JSON { principal, expiresAtMs, nonce } )      mac, key and secret = HMAC(secret, purpose · JSON)

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Identity } from "./credentials.ts";
import { secretText, uniqueId } from "./key-text.ts";
import { accountOf } from "./principal.ts";

const MAC_BYTES = 32;
/** Longer ones are not ours; AWS's own limit for a token is 4,096 today. */
const TOKEN_LENGTH_MAX = 4_096;

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAtMs: number;
}

export interface Session {
  readonly principalArn: string;
  readonly expiresAtMs: number;
  /** Tells sessions of one principal apart. */
  readonly nonce: string;
}

export class SessionTokens {
  readonly #secret: Uint8Array;

  /** `secret`: 32 bytes, the same after a restart, else all tokens are void. */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  issue(session: Session): SessionCredentials {
    const body = Buffer.from(JSON.stringify(session));
    const sessionToken = Buffer.concat([this.#derive("token", body), body]).toString("base64");
    return { ...this.#keysOf(body), sessionToken, expiresAtMs: session.expiresAtMs };
  }

  /** Undefined when the token is not ours, expired, or of another key. */
  verify(accessKeyId: string, sessionToken: string, nowMs: number): Identity | undefined {
    if (sessionToken.length > TOKEN_LENGTH_MAX) return undefined;
    const bytes = Buffer.from(sessionToken, "base64");
    if (bytes.length <= MAC_BYTES || bytes.toString("base64") !== sessionToken) return undefined;
    const body = bytes.subarray(MAC_BYTES);
    if (!timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.#derive("token", body))) return undefined;
    const session = JSON.parse(body.toString()) as Session;
    const keys = this.#keysOf(body);
    const account = accountOf(session.principalArn);
    if (keys.accessKeyId !== accessKeyId || session.expiresAtMs <= nowMs || account === undefined) return undefined;
    return { secret: keys.secretAccessKey, principalArn: session.principalArn, account };
  }

  #keysOf(body: Uint8Array): { readonly accessKeyId: string; readonly secretAccessKey: string } {
    return { accessKeyId: uniqueId("ASIA", this.#derive("key", body)), secretAccessKey: secretText(this.#derive("secret", body)) };
  }

  #derive(purpose: "token" | "key" | "secret", body: Uint8Array): Buffer {
    return createHmac("sha256", this.#secret).update(`lambent session ${purpose}\n`).update(body).digest();
  }
}
