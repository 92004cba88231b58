// What functions of a started server reach beside AWS's services: what the operator exposes, and nothing or the internet.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { probeOutbound } from "../../src/sandbox/outbound.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { type RunningServer, startServer } from "./running-server.ts";

const found = process.platform === "linux" ? probeOutbound(false) : { because: "needs Linux" };
const noOutbound = "because" in found ? found.because : false;
const hostAddresses = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter((address) => address.family === "IPv4" && !address.internal)
  .map((address) => address.address);

const FUNCTION = `
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { createInterface } from "node:readline";

const actions = {
  http: async ({ url, body }) => (await fetch(url, { method: "POST", body })).text(),
  async lines({ host, port, lines }) {
    const socket = connect(port, host);
    const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
    const heard = [];
    for (const line of lines) {
      socket.write(line + "\\n");
      heard.push((await answers.next()).value);
    }
    socket.end();
    return heard;
  },
  dial: ({ to }) => Promise.all(to.map(dial)),
  routes: async () => readFileSync("/proc/net/route", "utf8").split("\\n").slice(1).filter(Boolean).map((line) => line.split("\\t").slice(0, 2).join(" ")),
  devices: async () => Object.keys(networkInterfaces()).filter((name) => !name.startsWith("lo")),
  resolver: async () => readFileSync("/etc/resolv.conf", "utf8"),
};

function dial({ host, port }) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (word) => { socket.destroy(); resolve(word); };
    socket.on("connect", () => end("connected")).on("timeout", () => end("timeout")).on("error", (error) => end(error.code));
  });
}

export const handler = (event) => actions[event.do](event);
`;

/** Services of this host: one speaks HTTP, one answers each line in capitals, both on all addresses. */
interface HostServices {
  readonly http: number;
  readonly lines: number;
  close(): void;
}

async function hostServices(): Promise<HostServices> {
  const http = createHttpServer((request, response) => {
    response.write(`${request.method} ${request.url} of ${request.headers.host}: `);
    request.pipe(response);
  });
  const lines = createServer((socket) => {
    socket.on("error", () => {});
    createInterface({ input: socket }).on("line", (line) => socket.write(`${line.toUpperCase()}\n`));
  });
  const close = () => {
    for (const server of [http, lines]) server.close();
  };
  return { http: await portOf(http), lines: await portOf(lines), close };
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, "::");
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

async function serverWith(network: "none" | "outbound", services: HostServices): Promise<RunningServer> {
  const exposed = ["--expose", `api=127.0.0.1:${services.http}`, "--expose", `shout=localhost:${services.lines}`];
  const paths = ["--runtime-path", `nodejs24.x=${process.execPath}`];
  const server = await startServer({ args: ["--sandbox", "stem", "--network", network, ...exposed, ...paths] });
  await server.create("caller", await zipOf({ "index.mjs": FUNCTION }), { Runtime: "nodejs24.x" });
  return server;
}

for (const network of ["none", "outbound"] as const) {
  const skip = process.platform === "linux" ? network === "outbound" && noOutbound : "needs Linux";
  describe(`functions with network ${network}`, { skip, timeout: 300_000 }, () => {
    let services: HostServices;
    let server: RunningServer;
    before(async () => {
      services = await hostServices();
      server = await serverWith(network, services);
    });
    after(async () => {
      await server?.close();
      services?.close();
    });

    test("speak HTTP with an exposed service by its name, payload and all", async () => {
      const url = `http://api.lambent.internal:${services.http}/path`;
      const body = "x".repeat(100_000);
      const answer = await server.call("caller", { do: "http", url, body });
      assert.equal(answer, `POST /path of api.lambent.internal:${services.http}: ${body}`);
    });

    test("speak any other protocol too, line by line over one connection", async () => {
      const event = { do: "lines", host: "shout.lambent.internal", port: services.lines, lines: ["one", "two", "three"] };
      assert.deepEqual(await server.call("caller", event), ["ONE", "TWO", "THREE"]);
    });

    test("reach only the port that is exposed", async () => {
      const to = [
        { host: "api.lambent.internal", port: services.lines },
        { host: "shout.lambent.internal", port: services.http },
      ];
      assert.deepEqual(await server.call("caller", { do: "dial", to }), ["ECONNREFUSED", "ECONNREFUSED"]);
    });

    test("reach neither the host's loopback nor its addresses, nor metadata services, nor private ranges", async () => {
      const open = ["127.0.0.1", ...hostAddresses].map((host) => ({ host, port: services.http }));
      const others = ["169.254.169.254", "169.254.170.2", "10.1.2.3", "172.20.0.1", "192.168.1.1", "100.64.0.9"];
      const to = [...open, ...others.map((host) => ({ host, port: 80 }))];
      const heard = (await server.call("caller", { do: "dial", to })) as string[];
      assert.equal(heard.length, to.length);
      for (const [index, word] of heard.entries()) assert.match(word, /^(ECONNREFUSED|ENETUNREACH)$/, `${to[index]!.host} says ${word}`);
    });

    test("reach the host by none of IPv6's ways", async () => {
      const to = ["::1", "::ffff:127.0.0.1", "fe80::1"].map((host) => ({ host, port: services.http }));
      const heard = (await server.call("caller", { do: "dial", to })) as string[];
      assert.ok(!heard.includes("connected"), heard.join(" "));
    });
  });
}

describe("functions", { skip: noOutbound, timeout: 300_000 }, () => {
  let services: HostServices;
  before(async () => {
    services = await hostServices();
  });
  after(() => services.close());

  test("without network have no device, no route and no name server", async (t) => {
    const server = await serverWith("none", services);
    t.after(() => server.close());
    assert.deepEqual(await server.call("caller", { do: "devices" }), []);
    assert.deepEqual(await server.call("caller", { do: "routes" }), []);
    assert.equal(await server.call("caller", { do: "resolver" }), "");
    assert.deepEqual(await server.call("caller", { do: "dial", to: [{ host: "203.0.113.1", port: 80 }] }), ["ENETUNREACH"]);
    assert.deepEqual(await server.call("caller", { do: "dial", to: [{ host: "example.com", port: 80 }] }), ["EAI_AGAIN"]);
  });

  test("with a way out have a device, a default route and a name server, and not the host by the way's own gateway", async (t) => {
    const server = await serverWith("outbound", services);
    t.after(() => server.close());
    assert.deepEqual(await server.call("caller", { do: "devices" }), ["tap0"]);
    assert.ok(((await server.call("caller", { do: "routes" })) as string[]).includes("tap0 00000000"));
    assert.match(String(await server.call("caller", { do: "resolver" })), /^nameserver 198\.18\.53\.3$/m);
    const gateway = [{ host: "198.18.53.2", port: services.http }];
    assert.notDeepEqual(await server.call("caller", { do: "dial", to: gateway }), ["connected"]);
  });
});
