// Hostile input: whatever comes, the answer is a clean 4xx or 501, nothing is thought to be our own failure, and the server lives on.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { BodyBudget } from "../../src/gateway/body-budget.ts";
import { isStuck } from "../../src/gateway/body-progress.ts";
import { ServiceModels } from "../../src/wire/service-model.ts";
import { SERVICES, type ServiceKey } from "../../src/wire/service-names.ts";
import { knownKeys } from "./known-keys.ts";
import { type OpenGateway, openGateway } from "./open-gateway.ts";
import { exchangeRaw, requestText } from "./raw-http.ts";

const models = new ServiceModels();
const services = Object.keys(SERVICES) as ServiceKey[];
/** Every operation of every service; its handler would be reached by a request that is well-formed after all. */
const served = Object.fromEntries(
  services.map((service) => [
    service,
    {
      operations: Object.fromEntries(Object.keys(models.get(service).operations).map((name) => [name, async () => ({})])),
      context: undefined,
    },
  ]),
);

let open: OpenGateway;
let enforcing: OpenGateway;

before(async () => {
  open = await openGateway(served);
  enforcing = await openGateway(served, { auth: "enforce", credentials: knownKeys });
});
after(async () => {
  await Promise.all([open.close(), enforcing.close()]);
});

/** Numbers that look random and are the same in every run. */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(count: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) | 0;
    return (this.#state >>> 9) % count;
  }

  bytes(length: number): string {
    return Array.from({ length }, () => String.fromCharCode(this.below(256))).join("");
  }

  pick<T>(options: readonly T[]): T {
    return options[this.below(options.length)]!;
  }
}

const PIECES = [
  "%",
  "%zz",
  "%00",
  "%ff",
  "..",
  "//",
  "?",
  "&",
  "=",
  "+",
  "{",
  "}",
  "[",
  '"',
  "\\",
  "<",
  "&amp;",
  "<!DOCTYPE",
  "__proto__",
  "constructor",
  "null",
  "-1",
  "1e999",
  "9".repeat(30),
  "é",
  "\u0000",
  "a".repeat(300),
];
const TARGETS = [
  "AmazonSQS.SendMessage",
  "Logs_20140328.PutLogEvents",
  "AWSEvents.PutEvents",
  "Logs_20140328.__proto__",
  ".",
  "",
  "GraniteServiceVersion20100801.PutMetricData",
];
const PATHS = [
  "/",
  "/2015-03-31/functions",
  "/2015-03-31/functions/f/invocations",
  "/bucket/key",
  "/bucket?delete",
  "/v2/apis",
  "/restapis",
  "/schedules/n",
  "/service/GraniteServiceVersion20100801/operation/PutMetricData",
  "/_lambent/",
];
const CHUNKED = ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-X"];

function hostileRequest(chance: Chance): string {
  const junk = () => Array.from({ length: chance.below(6) }, () => chance.pick(PIECES)).join("");
  const visible = (text: string) => text.replaceAll(/[\0-\x20\x7f-\uffff]/g, "~");
  const headers: Record<string, string> = {};
  if (chance.below(2)) headers["x-amz-target"] = chance.pick(TARGETS) + visible(chance.below(4) ? "" : junk());
  if (chance.below(3) === 0) headers["smithy-protocol"] = "rpc-v2-cbor";
  if (chance.below(2))
    headers["content-type"] = chance.pick([
      "application/json",
      "application/x-www-form-urlencoded",
      "application/x-amz-json-1.1",
      visible(junk()),
    ]);
  if (chance.below(2)) {
    const service = chance.pick(services.map((name) => SERVICES[name].signing as string));
    headers.authorization = `AWS4-HMAC-SHA256 Credential=${visible(junk())}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host;${visible(junk())}, Signature=${"0".repeat(chance.below(2) ? 64 : 3)}`;
    headers["x-amz-date"] = chance.pick(["20260101T000000Z", visible(junk())]);
  }
  if (chance.below(6) === 0)
    Object.assign(headers, {
      "x-amz-content-sha256": chance.pick(CHUNKED),
      "x-amz-decoded-content-length": chance.pick(["3", "-1", "x", ""]),
    });
  if (chance.below(8) === 0) headers["content-encoding"] = "gzip";
  const method = chance.pick(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]);
  const body =
    method === "GET" || method === "HEAD"
      ? ""
      : chance.pick([
          junk(),
          chance.bytes(chance.below(200)),
          `{"${junk()}":${junk()}}`,
          `Action=${junk()}&Version=2010-05-08`,
          `<a>${junk()}</a>`,
        ]);
  // The request is sent as Latin-1: a character is a byte.
  const query = chance.below(2) ? `?${visible(junk())}` : "";
  return requestText(
    `${method} ${chance.pick(PATHS)}${visible(junk())}${query}`,
    { ...headers, ...(body ? { "content-length": String(body.length) } : {}) },
    body,
  );
}

for (const [name, gateway] of [
  ["open", () => open],
  ["enforce", () => enforcing],
] as const) {
  test(`1,500 hostile requests in ${name} mode are each answered, and none is our failure`, async () => {
    const chance = new Chance(20_260_101);
    const requests = Array.from({ length: 1_500 }, () => hostileRequest(chance));
    const statuses = new Map<number, number>();
    const work = async () => {
      for (let request = requests.pop(); request; request = requests.pop()) {
        const { status } = await exchangeRaw(gateway().port, Buffer.from(request, "latin1"));
        assert.ok((status >= 200 && status < 500) || status === 501, `status ${status} for ${JSON.stringify(request.slice(0, 500))}`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    assert.deepEqual(gateway().failures, []);
    assert.ok(statuses.size >= 4, "the requests reach different places");
  });
}

test("bytes that are no HTTP are refused with 400", async () => {
  const chance = new Chance(7);
  for (let round = 0; round < 50; round++) {
    const { status } = await exchangeRaw(open.port, Buffer.from(`${chance.bytes(100)}\r\n\r\n`, "latin1"));
    assert.equal(status, 400);
  }
});

test("headers beyond the limit are refused with 431", async () => {
  assert.equal((await exchangeRaw(open.port, requestText("GET /", { "x-long": "a".repeat(100_000) }))).status, 431);
});

test("100,000 levels of JSON are refused or ignored, and 100,000 keys are read", async () => {
  const target = { "x-amz-target": "Logs_20140328.CreateLogGroup", "content-type": "application/x-amz-json-1.1" };
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  assert.equal((await exchangeRaw(open.port, requestText("POST /", target, `{"logGroupName":${nested}}`))).status, 400);
  assert.equal((await exchangeRaw(open.port, requestText("POST /", target, `{"logGroupName":"g","other":${nested}}`))).status, 200);
  const wide = `{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":1`).join(",")}}`;
  assert.equal((await exchangeRaw(open.port, requestText("POST /", target, `{"logGroupName":"g","other":${wide}}`))).status, 200);
});

test("a body that announces more than comes ends with its connection, and is no failure", async () => {
  const socket = connect(open.port, "127.0.0.1", () => {
    socket.write(requestText("POST /2015-03-31/functions", { "content-length": "60000000" }));
    socket.end('{"FunctionName":');
  });
  const answer = await new Promise<string>((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", () => {}); // A reset is an end too.
    socket.on("close", () => resolve(text));
  });
  assert.doesNotMatch(answer, /^HTTP\/1.1 [25]/);
  assert.deepEqual(open.failures, []);
});

test("sixty large bodies at once, most of them never ended, do not take the memory that they announce", async () => {
  const before = process.memoryUsage();
  const sockets = Array.from({ length: 60 }, () => {
    const socket = connect(open.port, "127.0.0.1", () =>
      socket.write(requestText("POST /2015-03-31/functions", { "content-length": "60000000" }, "").concat("{")),
    );
    socket.on("error", () => {});
    return socket;
  });
  // Whoever comes after them is served, as long as its body is not large.
  const { status } = await exchangeRaw(open.port, requestText("POST /2015-03-31/functions/f/invocations", {}, "{}"));
  assert.equal(status, 200);
  const after = process.memoryUsage();
  assert.ok(after.arrayBuffers - before.arrayBuffers < 600_000_000, `${after.arrayBuffers - before.arrayBuffers} bytes of buffers`);
  const closed = sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve).destroy()));
  await Promise.all(closed);
});

test("a body stands still for a minute at most, and must come at a pace", () => {
  const upload = (changes: object) => ({ startedMs: 0, lastMs: 0, bytes: 0, ...changes });
  assert.equal(isStuck(upload({}), 59_000), false);
  assert.equal(isStuck(upload({}), 61_000), true);
  assert.equal(isStuck(upload({ lastMs: 3_599_000, bytes: 5_000_000_000 }), 3_600_000), false);
  assert.equal(isStuck(upload({ lastMs: 3_599_000, bytes: 1_000 }), 3_600_000), true);
});

test("large bodies wait for memory in the order in which they came", async () => {
  const budget = new BodyBudget(100);
  const order: string[] = [];
  const release = Promise.withResolvers<void>();
  const spend = (name: string, bytes: number) =>
    budget.spend(bytes, async () => {
      order.push(name);
      await release.promise;
    });
  const all = [spend("first", 60), spend("second", 60), spend("small", 10), spend("beyond all", 1_000)];
  await Promise.resolve();
  assert.deepEqual(order, ["first"]);
  release.resolve();
  await Promise.all(all);
  assert.deepEqual(order, ["first", "second", "small", "beyond all"]);
});
