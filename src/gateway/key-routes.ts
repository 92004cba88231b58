// /_lambent/keys: making, listing and deleting access keys of a running server. For its operator alone, in either mode: a key made while
// the server was open would be good when it is not any more. Who can read the data directory is the operator.

import { timingSafeEqual } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccessKey, NewKey } from "../access/keys.ts";
import { ServiceError } from "../lib/errors.ts";
import type { Random } from "../lib/random.ts";
import { INTERNAL_PREFIX, type InternalRequest, type InternalRoute, jsonResponse } from "./internal-routes.ts";

const PREFIX = `${INTERNAL_PREFIX}keys`;
const BODY_BYTES_MAX = 4_096;
const TEXT_LENGTH_MAX = 256;

/** What access/keys.ts offers. */
export interface KeyStore {
  create(wanted: NewKey): Promise<AccessKey & { readonly secretAccessKey: string }>;
  list(): Promise<readonly AccessKey[]>;
  delete(accessKeyId: string): Promise<boolean>;
}

/** Where the token of this run lies; the directory is readable by the operator only. */
export function operatorTokenFile(runDirectory: string): string {
  return join(runDirectory, "operator-token");
}

/** Writes a fresh token, and answers it; the routes accept no other. */
export function writeOperatorToken({ runDirectory, random }: { readonly runDirectory: string; readonly random: Random }): string {
  const token = random.hex(32);
  writeFileSync(operatorTokenFile(runDirectory), token, { mode: 0o600 });
  return token;
}

export function keyRoutes(keys: KeyStore, token: string): readonly InternalRoute[] {
  const guarded = (method: string, handle: InternalRoute["handle"]): InternalRoute => ({
    method,
    prefix: PREFIX,
    handle(request) {
      requireOperator(request, token);
      return handle(request);
    },
  });
  return [
    guarded("GET", async () => jsonResponse(200, { keys: await keys.list() })),
    guarded("POST", async (request) => jsonResponse(201, await keys.create(await newKeyOf(request)))),
    guarded("DELETE", async ({ path }) => {
      const accessKeyId = path.slice(PREFIX.length + 1);
      if (!(await keys.delete(accessKeyId))) throw new ServiceError("NoSuchKey", 404, "There is no such access key.");
      return jsonResponse(200, { deleted: accessKeyId });
    }),
  ];
}

/** Throws ServiceError 403. */
export function requireOperator({ headers }: InternalRequest, token: string): void {
  const given = Buffer.from(headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw new ServiceError("AccessDenied", 403, "This is for whoever can read the server's data directory: name it by --data DIR.");
}

async function newKeyOf(request: InternalRequest): Promise<NewKey> {
  const bad = (message: string) => new ServiceError("BadRequest", 400, message);
  const input = parsed(Buffer.from(await request.body(BODY_BYTES_MAX)).toString());
  const { account, user, description } = input ?? {};
  if (typeof account !== "string" || !/^\d{12}$/.test(account)) throw bad("account is 12 digits.");
  const texts = Object.entries({ user, description });
  for (const [name, value] of texts)
    if (value !== undefined && !isShortText(value)) throw bad(`${name} is a text of at most ${TEXT_LENGTH_MAX} characters.`);
  return { account, ...(isShortText(user) && { user }), ...(isShortText(description) && { description }) };
}

function isShortText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= TEXT_LENGTH_MAX;
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
