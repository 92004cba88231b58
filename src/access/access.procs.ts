// Statements about access keys and the secret that session credentials are derived from.

import { nextChange } from "../store/change-number.ts";
import { type Proc, proc } from "../store/database.ts";

export interface AccessKeyRow {
  readonly access_key_id: string;
  readonly account: string;
  readonly principal_arn: string;
  readonly secret: string;
  readonly created_at: number;
  readonly description: string;
}

export const insertAccessKey: Proc<AccessKeyRow, void> = proc("access.key.insert", async (tx, key) => {
  await tx.query(
    `INSERT INTO access_key (access_key_id, account, principal_arn, secret, created_at, description)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [key.access_key_id, key.account, key.principal_arn, key.secret, key.created_at, key.description],
  );
  await nextChange(tx);
});

export const listAccessKeys: Proc<null, AccessKeyRow[]> = proc("access.key.list", (tx) =>
  tx.query<AccessKeyRow>("SELECT * FROM access_key ORDER BY created_at, access_key_id"),
);

/** Those of one account, oldest first. */
export const accountKeys: Proc<string, Omit<AccessKeyRow, "secret">[]> = proc("access.key.of-account", (tx, account) =>
  tx.query<Omit<AccessKeyRow, "secret">>(
    `SELECT access_key_id, account, principal_arn, created_at, description FROM access_key
     WHERE account = $1 ORDER BY created_at, access_key_id`,
    [account],
  ),
);

/** True when there was such a key. */
export const deleteAccessKey: Proc<string, boolean> = proc("access.key.delete", async (tx, accessKeyId) => {
  const gone = await tx.query("DELETE FROM access_key WHERE access_key_id = $1 RETURNING access_key_id", [accessKeyId]);
  await nextChange(tx);
  return gone.length === 1;
});

/** Undefined: nobody has kept one of this name. */
export const findSecret: Proc<string, Uint8Array | undefined> = proc("access.secret.find", async (tx, name) => {
  const [row] = await tx.query<{ secret: Uint8Array }>("SELECT secret FROM access_secret WHERE name = $1", [name]);
  return row?.secret;
});

/** The secret of that name; `candidate` becomes it when there is none yet. */
export const keepSecret: Proc<{ readonly name: string; readonly candidate: Uint8Array }, Uint8Array> = proc(
  "access.secret.keep",
  async (tx, { name, candidate }) => {
    await tx.query("INSERT INTO access_secret (name, secret) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", [name, candidate]);
    const [row] = await tx.query<{ secret: Uint8Array }>("SELECT secret FROM access_secret WHERE name = $1", [name]);
    return row?.secret ?? candidate;
  },
);
