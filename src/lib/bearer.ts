// A token that a request carries in place of a signature: compared in a time that does not tell how much of it was right.

import { timingSafeEqual } from "node:crypto";

/** `authorization` is the header: "Bearer …". */
export function isBearer(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
