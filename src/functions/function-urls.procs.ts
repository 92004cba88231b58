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
  readonly auth_type: "NONE" | "AWS_IAM";
  readonly invoke_mode: "BUFFERED" | "RESPONSE_STREAM";
  readonly cors: string | null;
  /** Of the function's or alias's resource policy: a JSON array, or null. */
  readonly statements: string | null;
}

export const readUrl = proc("functions.url.read", async (tx, urlId: string): Promise<UrlRow | undefined> => {
  const [row] = await tx.query<UrlRow>(
    `SELECT f.account, f.region, f.name, u.qualifier, u.auth_type, u.invoke_mode, u.cors, p.statements FROM function_url u
     JOIN functions f ON f.id = u.function_id
     LEFT JOIN function_policy p ON p.function_id = u.function_id AND p.qualifier = u.qualifier
     WHERE u.url_id = $1 AND f.created_at IS NOT NULL`,
    [urlId],
  );
  return row;
});
