// Whose keys sign requests to a bucket: found as AWS's own tools find them, in their order, and fetched anew before they expire.

import { credentialsOfFile } from "./credentials-file.ts";
import { credentialsOfContainer, credentialsOfInstance, credentialsOfToken } from "./lent-credentials.ts";
import { S3Failure } from "./s3-failure.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Absent: they hold until somebody changes them. */
  readonly expiresMs?: number;
}

/** The process's environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

const RENEWED_BEFORE_MS = 5 * 60_000;

export class CredentialSource {
  readonly #variables: Variables;
  readonly #region: string;
  #found: Promise<Credentials> | undefined;

  constructor(variables: Variables, region: string) {
    this.#variables = variables;
    this.#region = region;
  }

  /** Throws S3Failure. Many callers at once cause one look. */
  async get(): Promise<Credentials> {
    const before = this.#found;
    const known = await before?.catch(() => undefined);
    if (known !== undefined && (known.expiresMs ?? Number.POSITIVE_INFINITY) - RENEWED_BEFORE_MS > Date.now()) return known;
    if (this.#found === before) this.#found = this.#find();
    return this.#found as Promise<Credentials>;
  }

  /** The service says that they have expired. */
  forget(): void {
    this.#found = undefined;
  }

  async #find(): Promise<Credentials> {
    const variables = this.#variables;
    const found =
      ofVariables(variables) ??
      (await credentialsOfToken(variables, this.#region)) ??
      (await credentialsOfFile(variables)) ??
      (await credentialsOfContainer(variables)) ??
      (await credentialsOfInstance(variables));
    if (found !== undefined) return found;
    const text =
      "There are no keys: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor ~/.aws/credentials, nor a role of this machine.";
    throw new S3Failure({ status: 403, code: "no keys" }, text);
  }
}

function ofVariables(variables: Variables): Credentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = variables;
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } : undefined;
}
