// The ways out of a sandbox: to services that an operator exposes, and to the internet; and what stays closed then.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { after, before, describe, it } from "node:test";
import { buildStem } from "../../src/sandbox/build-stem.ts";
import { exposedService } from "../../src/sandbox/expose.ts";
import { probeOutbound } from "../../src/sandbox/outbound.ts";
import type { Shape } from "../../src/sandbox/sandbox.ts";
import { StemDriver } from "../../src/sandbox/stem.ts";
import { PATIENCE, plainShape, processesWith, runScript } from "./sandbox-harness.ts";

const isLinux = process.platform === "linux";
const found = isLinux ? probeOutbound(false) : { because: "needs Linux" };
const outbound = "outbound" in found ? found.outbound : undefined;
const hostAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find((address) => address.family === "IPv4" && !address.internal)?.address;

/** A service of this host that greets, on all of its addresses. */
async function greeter(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.end("hello\n"));
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  return { server, port: (server.address() as { port: number }).port };
}

const dial = (address: string, seconds = 30) =>
  `timeout ${seconds} bash -c 'cat </dev/tcp/${address}' 2>&1 | grep -oE 'hello|refused|unreachable' | head -1`;

describe("services that an operator exposes", { ...PATIENCE, skip: !isLinux }, () => {
  it("are reached by name from a sandbox without any network", async () => {
    const { server, port } = await greeter();
    const driver = await StemDriver.open({ stemFile: await buildStem() });
    const service = exposedService({ name: "db", host: "127.0.0.1", port });
    const shape: Shape = { ...plainShape, listeners: [...plainShape.listeners, service.listener] };
    const accepts = { [service.listener.name]: service.accept };
    const { text } = await runScript(driver, `${dial(`db.lambent.internal/${port}`)}; ${dial(`127.0.0.1/${port}`)}`, { shape, accepts });
    await driver.close();
    server.close();
    assert.equal(text, "hello\nrefused\n");
  });

  it("that do not answer are connections that end", async () => {
    const { server, port } = await greeter();
    server.close();
    const driver = await StemDriver.open({ stemFile: await buildStem() });
    const service = exposedService({ name: "db", host: "127.0.0.1", port });
    const shape: Shape = { ...plainShape, listeners: [...plainShape.listeners, service.listener] };
    const accepts = { [service.listener.name]: service.accept };
    const { exit } = await runScript(driver, `timeout 30 bash -c 'cat </dev/tcp/db.lambent.internal/${port}'; [ $? -ne 124 ]`, {
      shape,
      accepts,
    });
    await driver.close();
    assert.deepEqual(exit, { kind: "code", code: 0 });
  });
});

const reason =
  outbound === undefined ? ("because" in found ? found.because : "") : hostAddress === undefined ? "this host has no address" : false;

describe("the way out to the internet", { ...PATIENCE, skip: reason }, () => {
  const shape: Shape = { ...plainShape, network: "outbound" };
  let service: { server: Server; port: number };
  before(async () => {
    service = await greeter();
  });
  after(() => {
    service.server.close();
  });

  it("leads to addresses that are not blocked", async () => {
    const driver = await StemDriver.open({ stemFile: await buildStem(), outbound: { ...outbound!, blocked: [] } });
    const { text } = await runScript(driver, dial(`${hostAddress}/${service.port}`), { shape });
    await driver.close();
    assert.equal(text, "hello\n");
  });

  it("does not lead to the host, to private ranges, or to the metadata service", async () => {
    const driver = await StemDriver.open({ stemFile: await buildStem(), outbound });
    const blocked = [
      `${hostAddress}/${service.port}`,
      `127.0.0.1/${service.port}`,
      "169.254.169.254/80",
      "10.1.2.3/80",
      "172.20.0.1/80",
      "192.168.1.1/80",
      "100.64.0.9/80",
    ];
    const { text } = await runScript(driver, blocked.map(dial).join("; "), { shape });
    await driver.close();
    assert.equal(text, "refused\n".repeat(blocked.length));
  });

  it("does not lead to the host's loopback by way of the gateway", async () => {
    const driver = await StemDriver.open({ stemFile: await buildStem(), outbound });
    const { text } = await runScript(driver, `${dial(`198.18.53.2/${service.port}`, 3)}; echo end`, { shape });
    await driver.close();
    assert.doesNotMatch(text, /hello/);
  });

  it("is there when a stem is handed out, and ends with its sandbox and with the driver", async () => {
    const driver = await StemDriver.open({ stemFile: await buildStem(), outbound });
    const { text } = await runScript(driver, "tail -n +2 /proc/net/route | cut -f1,2 | sort | head -1", { shape });
    assert.match(text, /^tap0\t00000000/);
    assert.deepEqual(ownSlirps(), []);
    await driver.prepare(shape);
    assert.equal(ownSlirps().length, 1);
    await driver.close();
    assert.deepEqual(ownSlirps(), []);
  });

  it("is not there for a sandbox that did not ask for it", async () => {
    const driver = await StemDriver.open({ stemFile: await buildStem(), outbound });
    const { text } = await runScript(driver, "cat /proc/net/route | wc -l", { shape: plainShape });
    await driver.close();
    assert.equal(text, "1\n");
  });
});

/** Only those of this process: other tests may run beside it. */
function ownSlirps(): number[] {
  return processesWith("slirp4netns --configure").filter((pid) => isBelow(pid, process.pid));
}

function isBelow(pid: number, ancestor: number): boolean {
  for (let at = pid; at > 1; at = parentOf(at)) if (at === ancestor) return true;
  return false;
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
