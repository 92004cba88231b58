// Open mode against a real browser: what a page of another origin tries is refused by the server, what a page of this server asks is answered.
// Each attempt must have arrived: one that the browser itself held back would say nothing about the guard.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { healthRoute } from "../../src/gateway/health-routes.ts";
import { type Chromium, findChromium, openChromium, type Tab } from "./chromium.ts";
import { type OpenGateway, openGateway } from "./open-gateway.ts";

/** Names that only this browser knows, all of them this machine. */
const EVIL = "evil.example";
const REBOUND = "rebound.example";
const SECRET = "the-secret-of-a-function";

const program = findChromium();

describe("a browser", { skip: program === undefined ? "chromium is not installed" : false, timeout: 300_000 }, () => {
  let gateway: OpenGateway;
  let pages: Server;
  let browser: Chromium;
  let tab: Tab;
  let evil: string;
  /** Operations that a handler has seen, and statuses of everything that was answered, since the test began. */
  let reached: string[] = [];
  let answered: { method: string; path: string; status: number }[] = [];

  before(async () => {
    const handler = (name: string) => async () => {
      reached.push(name);
      return { FunctionName: SECRET, Functions: [{ FunctionName: SECRET }] };
    };
    const operations = Object.fromEntries(
      ["Invoke", "CreateFunction", "DeleteFunction", "ListFunctions"].map((name) => [name, handler(name)]),
    );
    const iam = { operations: { CreateUser: handler("CreateUser"), GetUser: handler("GetUser") }, context: undefined };
    const health = healthRoute(() => {
      reached.push("health");
      return { sandbox: SECRET };
    });
    const log = {
      failed: assert.fail,
      answered: ({ method, path, status }: (typeof answered)[number]) => {
        if (path !== "/favicon.ico") answered.push({ method, path, status }); // the browser's own wish
      },
    };
    gateway = await openGateway({ lambda: { operations, context: undefined }, iam }, { routes: [health], log });
    pages = createServer((request, response) => {
      const to = new URL(request.url!, "http://any").searchParams.get("to");
      if (to !== null) response.writeHead(307, { location: to });
      else response.writeHead(200, { "content-type": "text/html" });
      response.end("<!doctype html><title>a page of another origin</title><body></body>");
    });
    pages.listen(0, "127.0.0.1");
    await once(pages, "listening");
    evil = `http://${EVIL}:${(pages.address() as AddressInfo).port}`;
    browser = await openChromium(program!, [EVIL, REBOUND]);
    tab = await browser.openTab();
  });

  after(async () => {
    await browser?.close();
    pages?.close();
    await gateway?.close();
  });

  beforeEach(async () => {
    await tab.visit(`${evil}/`);
    await new Promise((resolve) => setImmediate(resolve));
    reached = [];
    answered = [];
  });

  /** Nothing got through, and something was tried. */
  function assertRefused(what: unknown): void {
    assert.deepEqual(reached, []);
    assert.notEqual(answered.length, 0, "nothing arrived at the server");
    assert.deepEqual([...new Set(answered.map(({ status }) => status))], [403]);
    assert.doesNotMatch(String(what), new RegExp(SECRET));
  }

  const invoke = "/2015-03-31/functions/f/invocations";
  const functions = "/2015-03-31/functions";
  /** For scripts in pages: what a fetch came to, in words. */
  const fetched = (url: string, init: object = {}) =>
    tab.run(
      `fetch(${JSON.stringify(url)}, ${JSON.stringify(init)}).then(async (answer) => answer.type + " " + answer.status + " " + (await answer.text()), String)`,
    );

  for (const [attempt, path, init] of [
    ["list functions with fetch", functions, {}],
    ["invoke with a simple request, which needs no preflight", invoke, { method: "POST", body: "{}" }],
    ["invoke without looking at the answer (no-cors)", invoke, { method: "POST", body: "{}", mode: "no-cors" }],
    ["create a function (preflighted JSON)", functions, { method: "POST", body: "{}", headers: { "content-type": "application/json" } }],
    ["delete a function (preflighted method)", `${functions}/f`, { method: "DELETE" }],
    ["send credentials along", functions, { credentials: "include" }],
    ["keep a request alive beyond its page", invoke, { method: "POST", body: "{}", keepalive: true }],
    ["read the server's health", "/_lambent/health", {}],
    [
      "create a user by a form's request",
      "/",
      {
        method: "POST",
        body: new URLSearchParams({ Action: "CreateUser", Version: "2010-05-08", UserName: "u" }).toString(),
        headers: { "content-type": "application/x-www-form-urlencoded" },
      },
    ],
  ] as const) {
    test(`may not ${attempt} from a page of another site`, async () => {
      const result = await fetched(`${gateway.url}${path}`, init);
      assert.match(String(result), /Failed to fetch|^opaque 0 $/);
      assertRefused(result);
    });
  }

  test("may not reach the server by another of its names", async () => {
    for (const host of ["localhost", "bucket.localhost"]) await fetched(`http://${host}:${gateway.port}${functions}`);
    assertRefused(undefined);
    assert.equal(answered.length, 2);
  });

  test("may not invoke by the beacon of a page that is left", async () => {
    assert.equal(await tab.run(`navigator.sendBeacon(${JSON.stringify(gateway.url + invoke)}, "{}")`), true);
    await arrived(1);
    assertRefused(undefined);
  });

  /** Adds an element to the page; resolves when it has loaded or failed. */
  const added = (tag: string, attributes: object) =>
    tab.run(`new Promise((resolve) => {
      const element = Object.assign(document.createElement(${JSON.stringify(tag)}), ${JSON.stringify(attributes)});
      element.onload = element.onerror = ({ type }) => resolve(type);
      document.body.append(element);
    })`);

  for (const [tag, attribute] of [
    ["img", "src"],
    ["script", "src"],
    ["iframe", "src"],
    ["object", "data"],
  ] as const) {
    test(`may not load anything of the server as ${tag}`, async () => {
      await added(tag, { [attribute]: `${gateway.url}${functions}` });
      assertRefused(await tab.run("document.documentElement.outerHTML"));
    });
  }

  test("may not open a WebSocket", async () => {
    const url = `ws://127.0.0.1:${gateway.port}${functions}`;
    const result = await tab.run(
      `new Promise((resolve) => { const socket = new WebSocket("${url}"); socket.onopen = socket.onerror = ({ type }) => resolve(type); })`,
    );
    assert.equal(result, "error");
    assertRefused(undefined);
  });

  /** A form without script of its own: its answer replaces the page. */
  const submit = (action: string) =>
    tab.run(`{
      const form = Object.assign(document.createElement("form"), { action: ${JSON.stringify(action)}, method: "post", enctype: "text/plain" });
      form.append(Object.assign(document.createElement("input"), { name: '{"a":"', value: '"}' }));
      document.body.append(form);
      form.submit();
    }`);

  test("may not invoke by a form whose text is JSON", async () => {
    await submit(`${gateway.url}${invoke}`);
    await arrived(1);
    assertRefused(undefined);
  });

  test("may not invoke by a form that is redirected to the server", async () => {
    await submit(`${evil}/?to=${encodeURIComponent(gateway.url + invoke)}`);
    await arrived(1);
    assertRefused(undefined);
  });

  test("may not be led to the server by a link or a script", async () => {
    await tab.run(`location = ${JSON.stringify(`${gateway.url}${functions}`)}`);
    await arrived(1);
    assertRefused(undefined);
  });

  test("may not be led to an action by an address that redirects", async () => {
    const scope = encodeURIComponent("test/20260101/us-east-1/iam/aws4_request");
    const action = `${gateway.url}/?X-Amz-Credential=${scope}&Action=CreateUser&Version=2010-05-08&UserName=u`;
    await tab.visit(`${evil}/?to=${encodeURIComponent(action)}`);
    assertRefused(undefined);
  });

  test("may not be served under a name that somebody else has bound to this machine", async () => {
    const rebound = `http://${REBOUND}:${gateway.port}`;
    await tab.visit(`${rebound}/`);
    assert.equal(await tab.address(), `${rebound}/`);
    const results = [await fetched(functions), await fetched(invoke, { method: "POST", body: "{}" }), await fetched("/_lambent/health")];
    assert.equal(answered.length, 4, "from within its own origin nothing is held back");
    assertRefused(results);
  });

  for (const host of ["127.0.0.1", "localhost", "console.localhost"]) {
    test(`may do everything from a page of the server itself, as ${host}`, async () => {
      await tab.visit(`http://${host}:${gateway.port}/_lambent/health`);
      assert.match(String(await fetched(functions)), new RegExp(`^basic 200 .*${SECRET}`));
      assert.match(String(await fetched(invoke, { method: "POST", body: "{}" })), /^basic 200/);
      assert.match(String(await fetched("/_lambent/health")), new RegExp(SECRET));
      assert.deepEqual(reached, ["health", "ListFunctions", "Invoke", "health"]);
    });
  }

  test("of one page of the server may not reach it under its other name", async () => {
    await tab.visit(`http://localhost:${gateway.port}/_lambent/health`);
    reached = [];
    answered = [];
    await fetched(`${gateway.url}${functions}`);
    assertRefused(undefined);
  });

  /** Waits for what a page sends without a way to tell when. */
  async function arrived(count: number): Promise<void> {
    while (answered.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  }
});
