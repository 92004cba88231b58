// The unique ids by which AWS tells principals of equal names apart.

import { createHash } from "node:crypto";
import type { Database } from "../store/database.ts";
import type { Caller } from "../wire/call.ts";
import { uniqueId } from "./key-text.ts";
import { findRole, type RoleKey } from "./roles.procs.ts";

const SESSION = /:assumed-role\/([^/]+)\/(.+)$/;
const USER = /:user\/(?:.+\/)?([^/]+)$/;

/** A role that exists only by its name (open mode) has an id made from it. */
export function idOfUnknownRole({ account, name }: RoleKey): string {
  return uniqueId("AROA", digest(`${account}/${name}`));
}

/** What GetCallerIdentity calls UserId: the account for its root, else an id, for a session followed by its name. */
export async function userIdOf(caller: Pick<Caller, "account" | "principalArn">, database: Database): Promise<string> {
  const session = SESSION.exec(caller.principalArn);
  if (session !== null) {
    const key = { account: caller.account, name: session[1] as string };
    const role = await database.read(findRole, key);
    return `${role?.role_id ?? idOfUnknownRole(key)}:${session[2]}`;
  }
  return USER.test(caller.principalArn) ? uniqueId("AIDA", digest(caller.principalArn)) : caller.account;
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
