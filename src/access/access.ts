// Who is calling: keys, sessions and execution roles as one. What a caller may then do is policy evaluation's business.
// The gateway asks `find` and makes the Caller: in open mode from whatever key it is shown, in enforce mode after checking the signature.

import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { Database } from "../store/database.ts";
import type { Caller } from "../wire/call.ts";
import { keepSecret } from "./access.procs.ts";
import type { Credentials, Identity } from "./credentials.ts";
import { Keys } from "./keys.ts";
import { accountOf, parseRoleArn, sessionArn } from "./principal.ts";
import { type SessionCredentials, SessionTokens } from "./session-tokens.ts";

/** AWS gives a function's role credentials for half a day; environments must end before. */
const ROLE_SESSION_MS = 12 * 3_600_000;

export interface AccessParts {
  readonly database: Database;
  readonly random: Random;
  /** The real one, not one that tests move: credentials expire in real time. */
  readonly clock: Clock;
}

export class Access implements Credentials {
  readonly keys: Keys;
  readonly #tokens: SessionTokens;
  readonly #parts: AccessParts;

  private constructor(parts: AccessParts, keys: Keys, tokens: SessionTokens) {
    this.#parts = parts;
    this.keys = keys;
    this.#tokens = tokens;
  }

  static async open(parts: AccessParts): Promise<Access> {
    const candidate = Buffer.from(parts.random.hex(32), "hex");
    const [keys, secret] = await Promise.all([Keys.load(parts), parts.database.run(keepSecret, { name: "sessions", candidate })]);
    return new Access(parts, keys, new SessionTokens(secret));
  }

  find(accessKeyId: string, sessionToken: string | undefined): Identity | undefined {
    if (sessionToken === undefined) return this.keys.find(accessKeyId);
    return this.#tokens.verify(accessKeyId, sessionToken, this.#parts.clock.nowMs());
  }

  /**
   * Credentials of an execution role for one environment; no SQL. On AWS the session is named after the function.
   * `roleArn` must have been checked when the function was made.
   */
  sessionForRole(roleArn: string, sessionName: string): SessionCredentials {
    return this.issue(principalOfRole(roleArn, sessionName), ROLE_SESSION_MS);
  }

  /** Who a request from inside an environment is, whatever key it was signed with. */
  callerInRole(roleArn: string, sessionName: string, region: string): Caller {
    const principalArn = principalOfRole(roleArn, sessionName);
    return { account: accountOf(principalArn) as string, region, accessKeyId: "", principalArn };
  }

  /** Temporary credentials for any principal (STS). */
  issue(principalArn: string, durationMs: number): SessionCredentials {
    const expiresAtMs = this.#parts.clock.nowMs() + durationMs;
    return this.#tokens.issue({ principalArn, expiresAtMs, nonce: this.#parts.random.hex(8) });
  }
}

function principalOfRole(roleArn: string, sessionName: string): string {
  const role = parseRoleArn(roleArn);
  if (role === undefined) throw new Error(`${roleArn} is no role's ARN`);
  return sessionArn(role, sessionName);
}
