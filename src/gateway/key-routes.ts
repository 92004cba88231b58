// /_lambent/keys: making, listing and deleting access keys of a running server. For its operator alone (see operator-guard.ts), in either mode: a key made while
// the server was open would be good when it is not any more.

import type { AccessKey, NewKey } from "../access/keys.ts";
import { ServiceError } from "../lib/errors.ts";
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

export function keyRoutes(keys: KeyStore): readonly InternalRoute[] {
  const route = (method: string, handle: InternalRoute["handle"]) => ({ method, prefix: PREFIX, handle });
  return [
    route("GET", async () => jsonResponse(200, { keys: await keys.list() })),
    route("POST", async (request) => jsonResponse(201, await keys.create(await newKeyOf(request)))),
    route("DELETE", async ({ path }) => {
      const accessKeyId = path.slice(PREFIX.length + 1);
      if (!(await keys.delete(accessKeyId))) throw new ServiceError("NoSuchKey", 404, "There is no such access key.");
      return jsonResponse(200, { deleted: accessKeyId });
    }),
  ];
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
