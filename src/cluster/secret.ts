// The cluster's secret: given by the operator, or drawn by the first node and kept in the database. A node with another one is refused at its
// start. What it is used for is derived from it, one key for each purpose.

import { createHmac, timingSafeEqual } from "node:crypto";
import { keepSecret } from "../access/access.procs.ts";
import { PlatformError } from "../lib/errors.ts";
import type { Random } from "../lib/random.ts";
import type { Database } from "../store/database.ts";

const KEPT = "cluster";
/** In place of a secret that the operator gives, only what it can be recognised by is kept. */
const KNOWN_BY = "cluster-known-by";
const BYTES = 32;

/** Throws PlatformError "cluster-secret-wrong". */
export async function clusterSecret(database: Database, random: Random, given: string | undefined): Promise<string> {
  const secret = given ?? Buffer.from(await keep(database, KEPT, Buffer.from(random.hex(BYTES), "hex"))).toString("hex");
  const mark = Buffer.from(derivedSecret(secret, "mark"), "hex");
  const known = await keep(database, KNOWN_BY, mark);
  if (known.length === mark.length && timingSafeEqual(known, mark)) return secret;
  throw new PlatformError(
    "cluster-secret-wrong",
    "The nodes on this database have another secret. Start this one with the same --cluster-secret as the others, or none where they have none.",
  );
}

export function derivedSecret(secret: string, purpose: string): string {
  return createHmac("sha256", secret).update(`lambent cluster ${purpose}`).digest("hex");
}

function keep(database: Database, name: string, candidate: Uint8Array): Promise<Uint8Array> {
  return database.run(keepSecret, { name, candidate });
}
