// Settings: what is taken from where, and what is refused by name.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Environment, readConfig } from "../src/config.ts";
import type { SettingValues } from "../src/settings.ts";

const read = (options: SettingValues = {}, environment: Environment = {}) => readConfig(options, environment, "/somewhere");
const refusal = (options: SettingValues, environment: Environment = {}): string => {
  try {
    read(options, environment);
  } catch (error) {
    return (error as Error).message;
  }
  return "taken";
};

test("an option wins over its variable, and that over the default", () => {
  assert.equal(read().port, 4566);
  assert.equal(read({}, { LAMBENT_PORT: "1" }).port, 1);
  assert.equal(read({ port: "2" }, { LAMBENT_PORT: "1" }).port, 2);
});

test("exposed services are read from several options, or from one variable with commas", () => {
  const services = [
    { name: "db", host: "127.0.0.1", port: 5432 },
    { name: "six", host: "::1", port: 80 },
  ];
  assert.deepEqual(read({ expose: ["db=127.0.0.1:5432", "six=[::1]:80"] }).expose, services);
  assert.deepEqual(read({}, { LAMBENT_EXPOSE: "db=127.0.0.1:5432, six=[::1]:80" }).expose, services);
});

for (const text of ["db", "db=localhost", "db=localhost:0", "db=localhost:65536", "DB=localhost:1", "-db=localhost:1", "=localhost:1"]) {
  test(`'${text}' is no service to expose`, () => {
    assert.match(refusal({ expose: [text] }), /^--expose \(or LAMBENT_EXPOSE\) takes NAME=HOST:PORT/);
  });
}

test("one name for two exposed services is refused", () => {
  assert.match(refusal({ expose: ["db=localhost:1", "db=localhost:2"] }), /each NAME once, not 'db' twice/);
});

test("more exposed services than sandboxes have addresses for are refused", () => {
  assert.match(refusal({ expose: Array.from({ length: 101 }, (_, index) => `s${index}=localhost:1`) }), /at most 100 services/);
});

test("a password in a refused store address is not repeated", () => {
  assert.doesNotMatch(refusal({ store: "mysql://me:secret@host/db" }), /secret/);
});

test("blobs are in a directory or a bucket, and nowhere else", () => {
  assert.equal(read().blobs, undefined);
  assert.deepEqual(read({ blobs: "/mnt/blobs" }).blobs, { directory: "/mnt/blobs" });
  const inBucket = read({}, { LAMBENT_BLOBS: "s3://code/p", AWS_DEFAULT_REGION: "eu-west-1" }).blobs;
  assert.ok(inBucket !== undefined && "bucket" in inBucket);
  assert.deepEqual([inBucket.bucket.region, inBucket.variables["AWS_DEFAULT_REGION"]], ["eu-west-1", "eu-west-1"]);
  assert.match(refusal({ blobs: "gs://code" }), /takes a directory or s3:\/\/BUCKET\/PREFIX, not gs:\/\//);
});

test("a node has all roles unless told, and parts of them only where others may have the rest", () => {
  const store = "postgres://u@h/d";
  assert.deepEqual([...read().cluster.roles], ["front", "worker", "poller", "scheduler"]);
  assert.deepEqual([...read({ store, roles: "worker,poller" }).cluster.roles], ["worker", "poller"]);
  assert.match(refusal({ roles: "worker" }), /^--roles .* takes all roles, unless --store names/);
  assert.match(refusal({ store, roles: "boss" }), /^--roles .* takes one of front, worker, poller, scheduler, not 'boss'/);
});

test("other nodes must be told one address, and a secret is no short word", () => {
  const store = "postgres://u@h/d";
  assert.deepEqual(read({ store, clusterListen: "[::1]:4700" }).cluster.listen, { host: "::1", port: 4700 });
  assert.match(refusal({ store, clusterListen: "0.0.0.0:4700" }), /unless --cluster-address names one/);
  assert.equal(read({ store, clusterListen: "0.0.0.0:4700", clusterAddress: "n1:4700" }).cluster.address, "n1:4700");
  assert.match(refusal({ store, clusterAddress: "n1" }), /^--cluster-address .* takes HOST:PORT, not 'n1'/);
  const told = refusal({ store, clusterSecret: "short" });
  assert.match(told, /at least 16 characters/);
  assert.doesNotMatch(told, /short/);
});

test("a secret may come from a file that its variable with _FILE names, and never silently not", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "lambent-config-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "store");
  await writeFile(file, "postgres://u:secret@h/d\n");
  assert.equal(read({}, { LAMBENT_STORE_FILE: file }).storeUrl, "postgres://u:secret@h/d");
  assert.equal(read({}, { LAMBENT_STORE_FILE: file, LAMBENT_STORE: "postgres://other/d" }).storeUrl, "postgres://other/d");
  assert.match(refusal({}, { LAMBENT_STORE_FILE: `${file}-not` }), /^LAMBENT_STORE_FILE .* cannot be read \(ENOENT\)/);
  await writeFile(file, "\n");
  assert.match(refusal({}, { LAMBENT_CLUSTER_SECRET_FILE: file }), /^LAMBENT_CLUSTER_SECRET_FILE .* is empty/);
});
