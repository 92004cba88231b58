// The address after --store may ask for TLS: what it says of certificates is held to.

import assert from "node:assert/strict";
import { chmodSync, chownSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { command } from "../../scripts/command.ts";
import { connect } from "../../src/store/dialects/postgres-connection.ts";
import { ownPostgres, sql, withoutPostgres } from "../contract/postgres-server.ts";
import { temporaryDirectory } from "./ledger.ts";

/** A certificate that signs itself, for 127.0.0.1; its file and its key's. */
async function certificate(folder: string, name: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const what = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  const whose = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  await command(["openssl", "req", "-x509", ...what, "-keyout", key, "-out", cert, ...whose]);
  return { cert, key };
}

/** A server with TLS; the certificate that it shows, and another one. */
async function encrypting(t: TestContext) {
  const { url, uid } = await ownPostgres(t);
  const folder = temporaryDirectory(t);
  const [own, other] = [await certificate(folder, "own"), await certificate(folder, "other")];
  chmodSync(folder, 0o755);
  if (process.getuid?.() === 0) chownSync(own.key, uid, -1); // it reads no key that others may read
  const settings = { ssl_cert_file: own.cert, ssl_key_file: own.key, ssl: "on" };
  await sql(url, ...Object.entries(settings).map(([name, value]) => `ALTER SYSTEM SET ${name} = '${value}'`), "SELECT pg_reload_conf()");
  while (!(await isEncrypted(`${url}?sslmode=no-verify`).catch(() => false))) await delay(50);
  return { url, own: own.cert, other: other.cert };
}

async function isEncrypted(url: string): Promise<boolean> {
  const connection = await connect(url);
  try {
    const [row] = await connection.query<{ ssl: number }>("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    return row?.ssl === 1;
  } finally {
    await connection.close();
  }
}

describe("PostgreSQL over TLS", { skip: withoutPostgres, timeout: 180_000 }, () => {
  test("is asked for by the address, which says whose certificate is good", async (t) => {
    const { url, own, other } = await encrypting(t);
    assert.equal(await isEncrypted(url), false);
    assert.equal(await isEncrypted(`${url}?sslmode=verify-full&sslrootcert=${own}`), true);
    await assert.rejects(isEncrypted(`${url}?sslmode=verify-full&sslrootcert=${other}`), /certificate/);
    await assert.rejects(isEncrypted(`${url}?sslmode=verify-full`), /certificate/);
    const byName = url.replace("127.0.0.1", "localhost");
    await assert.rejects(isEncrypted(`${byName}?sslmode=verify-full&sslrootcert=${own}`), /altnames/);
  });
});
