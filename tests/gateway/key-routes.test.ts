import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Keys } from "../../src/access/keys.ts";
import type { InternalRoute } from "../../src/gateway/internal-routes.ts";
import { keyRoutes } from "../../src/gateway/key-routes.ts";
import { OperatorGuard, operatorTokenFile, writeOperatorToken } from "../../src/gateway/operator-guard.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { ServiceError } from "../../src/lib/errors.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { openStore, type Store } from "../../src/store/open.ts";

let runDirectory: string;
let store: Store;
let keys: Keys;
let routes: readonly InternalRoute[];
let token: string;

const fail = (error: unknown) => {
  throw error;
};

before(async () => {
  runDirectory = await mkdtemp(join(tmpdir(), "lambent-key-routes-"));
  store = await openStore({ memory: true }, { clock: systemClock, program: "test", onFatal: fail, onError: fail });
  keys = await Keys.load({ database: store.database, clock: systemClock, random: systemRandom });
  const guard = new OperatorGuard("enforce", writeOperatorToken({ runDirectory, random: systemRandom }));
  routes = keyRoutes(keys).map((route) => guard.around(route));
  token = await readFile(operatorTokenFile(runDirectory), "utf8");
});
after(async () => {
  await store.close();
  await rm(runDirectory, { recursive: true, force: true });
});

/** What the route answers, or the error that the gateway would render. */
async function ask(method: string, path: string, options: { input?: unknown; authorization?: string } = {}) {
  const route = routes.find((one) => one.method === method && path.startsWith(one.prefix));
  assert.ok(route, `no route for ${method} ${path}`);
  const body = async () => Buffer.from(typeof options.input === "string" ? options.input : JSON.stringify(options.input ?? {}));
  const headers = { authorization: options.authorization ?? `Bearer ${token}` };
  const response = await route.handle({ method, path, query: "", headers, body, signal: AbortSignal.timeout(10_000) });
  return { status: response.status, answer: JSON.parse(String(response.body)) };
}

const refused = (code: string, status: number) => (error: unknown) =>
  error instanceof ServiceError && error.code === code && error.status === status;

test("a made key is good at once, listed without its secret, and gone when deleted", async () => {
  const { status, answer } = await ask("POST", "/_lambent/keys", {
    input: { account: "123456789012", user: "ada", description: "laptop" },
  });
  assert.equal(status, 201);
  assert.equal((await keys.find(answer.accessKeyId))?.secret, answer.secretAccessKey);
  const { answer: listed } = await ask("GET", "/_lambent/keys");
  assert.deepEqual(
    listed.keys.map((key: { accessKeyId: string; secretAccessKey?: string }) => [key.accessKeyId, key.secretAccessKey]),
    [[answer.accessKeyId, undefined]],
  );
  assert.equal((await ask("DELETE", `/_lambent/keys/${answer.accessKeyId}`)).status, 200);
  assert.equal(await keys.find(answer.accessKeyId), undefined);
});

test("without the token of this run nothing is told and nothing made", async () => {
  for (const authorization of ["", "Bearer ", `Bearer ${token.slice(1)}0`, token]) {
    await assert.rejects(ask("GET", "/_lambent/keys", { authorization }), refused("AccessDenied", 403));
    await assert.rejects(
      ask("POST", "/_lambent/keys", { authorization, input: { account: "123456789012" } }),
      refused("AccessDenied", 403),
    );
  }
  assert.deepEqual(await keys.list(), []);
});

test("the token is readable by the server's user alone", async () => {
  assert.equal((await stat(operatorTokenFile(runDirectory))).mode & 0o777, 0o600);
});

test("a key that is not there is 404", async () => {
  await assert.rejects(ask("DELETE", "/_lambent/keys/AKIANOTTHERE"), refused("NoSuchKey", 404));
});

test("input that makes no key is refused by what is wrong with it", async () => {
  for (const input of [
    "no json",
    "null",
    {},
    { account: "12" },
    { account: "123456789012", user: 7 },
    { account: "123456789012", user: "u".repeat(257) },
  ]) {
    await assert.rejects(ask("POST", "/_lambent/keys", { input }), refused("BadRequest", 400));
  }
  assert.deepEqual(await keys.list(), []);
});
