// Function URLs against a real browser: a page of another origin may call them, and reads what their CORS settings let it read.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { UpdateFunctionUrlConfigCommand } from "@aws-sdk/client-lambda";
import { REGION, startLambdaServer } from "../services/lambda/lambda-server.ts";
import { openUrl } from "../services/lambda/open-url.ts";
import { type Chromium, findChromium, openChromium, type Tab } from "./chromium.ts";

const OTHER = "other.example";
const program = findChromium();

describe("a browser", { skip: program === undefined ? "chromium is not installed" : false, timeout: 300_000 }, () => {
  let pages: Server;
  let browser: Chromium;
  let tab: Tab;

  before(async () => {
    pages = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>"));
    pages.listen(0, "127.0.0.1");
    await once(pages, "listening");
    browser = await openChromium(program!, [OTHER]);
    tab = await browser.openTab();
    await tab.visit(`http://${OTHER}:${(pages.address() as AddressInfo).port}/`);
  });
  after(async () => {
    await browser.close();
    pages.close();
  });

  const put = (url: string) =>
    tab.run(`fetch(${JSON.stringify(url)}, { method: "PUT", headers: { "content-type": "application/json" }, body: "{}" })
      .then((response) => response.json()).then(({ requestContext }) => requestContext.http.method, (error) => error.name)`);

  test("a page of another origin calls a function URL that allows it, by path and by name, and one that does not it cannot", async (t) => {
    const { client, invocations } = await startLambdaServer(t, {});
    const byPath = await openUrl(client);
    const { port } = new URL(byPath);
    const byName = `http://${byPath.slice(-32)}.lambda-url.${REGION}.localhost:${port}/`;
    const cors = (AllowOrigins: string[]) =>
      client.send(
        new UpdateFunctionUrlConfigCommand({
          FunctionName: "fn",
          Cors: { AllowOrigins, AllowMethods: ["PUT"], AllowHeaders: ["content-type"] },
        }),
      );
    await cors(["https://somebody.example"]);
    for (const url of [byPath, byName]) assert.equal(await put(url), "TypeError");
    assert.equal(invocations.length, 0);
    await cors([String(await tab.run("location.origin"))]);
    for (const url of [byPath, byName]) assert.equal(await put(url), "PUT");
    assert.equal(invocations.length, 2);
  });
});
