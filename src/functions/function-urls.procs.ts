// Statements about function URLs that the data plane needs; those that change them are services/lambda's.

import { proc } from "../store/database.ts";

/** Woken by whatever changes what a URL leads to or who may call it. */
export const URL_TOPIC = "lambda.function-url";

export interface UrlRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** "" is the unqualified function. */
  readonly qualifier: string;
  /** See UrlAccess. */
  readonly auth_type: string;
  readonly cors: string | null;
  /** Of the function's or alias's resource policy: a JSON array, or null. */
  readonly statements: string | null;
}

export const readUrl = proc("functions.url.read", async (tx, urlId: string): Promise<UrlRow | undefined> => {
  const [row] = await tx.query<UrlRow>(
    `SELECT f.account, f.region, f.name, u.qualifier, u.auth_type, u.cors, p.statements FROM function_url u
     JOIN functions f ON f.id = u.function_id
     LEFT JOIN function_policy p ON p.function_id = u.function_id AND p.qualifier = u.qualifier
     WHERE u.url_id = $1 AND f.created_at IS NOT NULL`,
    [urlId],
  );
  return row;
});

/**
 * How a URL is called, as its row keeps it in auth_type: "AWS_IAM", or "AWS_IAM RESPONSE_STREAM". The table had no column for the mode when the mode
 * came; what is not named is BUFFERED.
 */
export interface UrlAccess {
  readonly authType: "NONE" | "AWS_IAM";
  readonly invokeMode: "BUFFERED" | "RESPONSE_STREAM";
}

export function readAccess(text: string): UrlAccess {
  const [authType, mode] = text.split(" ");
  return { authType: authType as UrlAccess["authType"], invokeMode: mode === "RESPONSE_STREAM" ? mode : "BUFFERED" };
}

export function writeAccess({ authType, invokeMode }: UrlAccess): string {
  return invokeMode === "BUFFERED" ? authType : `${authType} ${invokeMode}`;
}

/** What is undefined stays as it was. */
export function changedAccess(text: string, change: { readonly [N in keyof UrlAccess]: UrlAccess[N] | undefined }): string {
  const before = readAccess(text);
  return writeAccess({ authType: change.authType ?? before.authType, invokeMode: change.invokeMode ?? before.invokeMode });
}
