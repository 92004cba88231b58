// Keys, sessions and execution roles: what proves who somebody is.

import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Access } from "../../src/access/access.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { openStore, type StorePlace } from "../../src/store/open.ts";
import { temporaryDirectory } from "../store/ledger.ts";

const role = "arn:aws:iam::123456789012:role/service-role/worker";

async function open(t: TestContext, place: StorePlace = { memory: true }, clock: Clock = systemClock) {
  const fail = (error: unknown) => {
    throw error;
  };
  const store = await openStore(place, { clock: systemClock, program: "1.0.0", onFatal: fail, onError: fail });
  const parts = { database: store.database, random: systemRandom, clock };
  const access = await Access.open(parts);
  const close = async () => {
    await store.close();
  };
  t.after(close);
  return { access, close, parts };
}

test("a key is known by its secret, account and principal until it is deleted", async (t) => {
  const { access } = await open(t);
  const key = await access.keys.create({ account: "123456789012", user: "ada", description: "laptop" });
  assert.match(key.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
  assert.equal(key.secretAccessKey.length, 40);
  const identity = { secret: key.secretAccessKey, account: "123456789012", principalArn: "arn:aws:iam::123456789012:user/ada" };
  assert.deepEqual(await access.find(key.accessKeyId, undefined), identity);
  assert.equal(await access.keys.delete(key.accessKeyId), true);
  assert.equal(await access.find(key.accessKeyId, undefined), undefined);
  assert.equal(await access.keys.delete(key.accessKeyId), false);
});

test("a list of keys tells no secrets", async (t) => {
  const { access } = await open(t);
  const key = await access.keys.create({ account: "123456789012", description: "ci" });
  const [listed] = await access.keys.list();
  assert.deepEqual(listed, {
    accessKeyId: key.accessKeyId,
    account: "123456789012",
    principalArn: "arn:aws:iam::123456789012:root",
    createdAtMs: key.createdAtMs,
    description: "ci",
  });
});

test("a key made elsewhere on the same store is known here once it is read again", async (t) => {
  const { access, parts } = await open(t);
  const other = await Access.open(parts);
  const key = await other.keys.create({ account: "123456789012" });
  await access.keys.readAgain();
  assert.ok(await access.find(key.accessKeyId, undefined));
});

test("an execution role's credentials prove the session of that role", async (t) => {
  const { access } = await open(t);
  const session = access.sessionForRole(role, "resize");
  assert.match(session.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
  assert.equal(session.secretAccessKey.length, 40);
  assert.deepEqual(await access.find(session.accessKeyId, session.sessionToken), {
    secret: session.secretAccessKey,
    account: "123456789012",
    principalArn: "arn:aws:sts::123456789012:assumed-role/worker/resize",
  });
});

test("no two sessions are alike", async (t) => {
  const { access } = await open(t);
  const [one, other] = [access.sessionForRole(role, "resize"), access.sessionForRole(role, "resize")];
  assert.notEqual(one.accessKeyId, other.accessKeyId);
  assert.notEqual(one.secretAccessKey, other.secretAccessKey);
});

test("a token is good with its own key alone, unaltered, and until it expires", async (t) => {
  let nowMs = 1_000_000;
  const { access } = await open(t, { memory: true }, { ...systemClock, nowMs: () => nowMs });
  const { accessKeyId, sessionToken, expiresAtMs } = access.sessionForRole(role, "resize");
  const other = access.sessionForRole(role, "resize");
  assert.equal(await access.find(other.accessKeyId, sessionToken), undefined);
  assert.equal(await access.find(accessKeyId, undefined), undefined);

  const forged = Buffer.from(sessionToken, "base64").toString("latin1").replace("worker", "wonder");
  for (const altered of [Buffer.from(forged, "latin1").toString("base64"), `${sessionToken}AAAA`, sessionToken.slice(4), "", "x"]) {
    assert.equal(await access.find(accessKeyId, altered), undefined, altered);
  }
  nowMs = expiresAtMs - 1;
  assert.ok(await access.find(accessKeyId, sessionToken));
  nowMs = expiresAtMs;
  assert.equal(await access.find(accessKeyId, sessionToken), undefined);
});

test("sessions and keys outlive the process, but not their data directory", async (t) => {
  const dataDirectory = join(temporaryDirectory(t), "data");
  const before = await open(t, { dataDirectory });
  const session = before.access.sessionForRole(role, "resize");
  const key = await before.access.keys.create({ account: "123456789012" });
  await before.close();
  const after = await open(t, { dataDirectory });
  assert.ok(await after.access.find(session.accessKeyId, session.sessionToken));
  assert.ok(await after.access.find(key.accessKeyId, undefined));
  const elsewhere = await open(t);
  assert.equal(await elsewhere.access.find(session.accessKeyId, session.sessionToken), undefined);
});

test("a request from inside an environment is its role's, in the role's account", async (t) => {
  const { access } = await open(t);
  assert.deepEqual(access.callerInRole(role, "resize", "eu-west-1"), {
    account: "123456789012",
    region: "eu-west-1",
    accessKeyId: "",
    principalArn: "arn:aws:sts::123456789012:assumed-role/worker/resize",
  });
});
