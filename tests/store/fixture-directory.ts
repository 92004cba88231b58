// Data directories of released schemas, kept as text: makes files of them again.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

export const FIXTURES = fileURLToPath(new URL("./fixtures", import.meta.url));
export const ACCOUNT = "123456789012";
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/app/keeper`;
/** When a fixture that is made now writes its first log line. */
export const EVENT_MS = Date.now();

export function clientSettings(endpoint: string) {
  return { endpoint, region: "eu-central-1", credentials: { accessKeyId: ACCOUNT, secretAccessKey: "any" }, maxAttempts: 1 };
}

export function releasedSchemas(): string[] {
  return readdirSync(FIXTURES).filter((name) => name.startsWith("schema-"));
}

/** Makes the data directory `root` from the fixture of that name. */
export function restore(schema: string, root: string): void {
  const source = join(FIXTURES, schema);
  mkdirSync(root, { recursive: true });
  for (const name of ["main", "logs"]) {
    const db = new DatabaseSync(join(root, `${name}.db`));
    db.exec("PRAGMA journal_mode = WAL");
    db.exec(readFileSync(join(source, `${name}.sql`), "utf8"));
    db.close();
  }
  // A directory without it would be somebody else's.
  new DatabaseSync(join(root, "lock.db")).close();
  if (existsSync(join(source, "blobs"))) cpSync(join(source, "blobs"), join(root, "blobs"), { recursive: true });
}
