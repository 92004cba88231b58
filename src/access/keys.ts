// Long-lived access keys (`lambent keys`): rows, with a copy in memory so that checking a signature touches no SQL.

import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { Database } from "../store/database.ts";
import { type AccessKeyRow, deleteAccessKey, insertAccessKey, listAccessKeys } from "./access.procs.ts";
import type { Credentials, Identity } from "./credentials.ts";
import { secretText, uniqueId } from "./key-text.ts";
import { rootArn, userArn } from "./principal.ts";

/** What may be shown of a key; the secret only when it is made. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly account: string;
  readonly principalArn: string;
  readonly createdAtMs: number;
  readonly description: string;
}

export interface NewKey {
  /** 12 digits. */
  readonly account: string;
  /** The user the key belongs to; absent: the account's root. */
  readonly user?: string;
  readonly description?: string;
}

export interface KeyParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export class Keys implements Credentials {
  readonly #parts: KeyParts;
  #known: ReadonlyMap<string, Identity> = new Map();
  #asked = 0;
  #heard = 0;

  private constructor(parts: KeyParts) {
    this.#parts = parts;
  }

  static async load(parts: KeyParts): Promise<Keys> {
    const keys = new Keys(parts);
    await keys.readAgain();
    return keys;
  }

  find(accessKeyId: string): Identity | undefined {
    return this.#known.get(accessKeyId);
  }

  /** The only moment at which the secret is told. */
  async create(wanted: NewKey): Promise<AccessKey & { readonly secretAccessKey: string }> {
    const { database, clock, random } = this.#parts;
    const { account, user, description = "" } = wanted;
    const row: AccessKeyRow = {
      access_key_id: uniqueId("AKIA", Buffer.from(random.hex(16), "hex")),
      account,
      principal_arn: user === undefined ? rootArn(account) : userArn(account, user),
      secret: secretText(Buffer.from(random.hex(30), "hex")),
      created_at: clock.nowMs(),
      description,
    };
    await database.run(insertAccessKey, row);
    await this.readAgain();
    return { ...describe(row), secretAccessKey: row.secret };
  }

  async list(): Promise<AccessKey[]> {
    return (await this.#parts.database.read(listAccessKeys, null)).map(describe);
  }

  /** False when there is no such key. From its end on no signature by that key is accepted. */
  async delete(accessKeyId: string): Promise<boolean> {
    const gone = await this.#parts.database.run(deleteAccessKey, accessKeyId);
    await this.readAgain();
    return gone;
  }

  /** Resolves when all is known that was committed before the call. Rejects with StoreError. */
  async readAgain(): Promise<void> {
    const order = ++this.#asked;
    // `run`, not `read`: a replica may not have the new key yet.
    const rows = await this.#parts.database.run(listAccessKeys, null);
    if (order < this.#heard) return; // somebody who asked later has had his answer before
    this.#heard = order;
    this.#known = new Map(rows.map((row) => [row.access_key_id, identityOf(row)]));
  }
}

function identityOf(row: AccessKeyRow): Identity {
  return { secret: row.secret, principalArn: row.principal_arn, account: row.account };
}

function describe(row: AccessKeyRow): AccessKey {
  return {
    accessKeyId: row.access_key_id,
    account: row.account,
    principalArn: row.principal_arn,
    createdAtMs: row.created_at,
    description: row.description,
  };
}
