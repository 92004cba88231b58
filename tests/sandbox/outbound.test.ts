// Which ranges the way to the internet does not lead to.

import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { probeOutbound } from "../../src/sandbox/outbound.ts";

const found = process.platform === "linux" ? probeOutbound(false) : { because: "needs Linux" };
const skip = "because" in found ? found.because : false;
const PRIVATE = ["10.0.0.1", "100.64.0.1", "172.16.0.1", "192.168.0.1"];

const blocked = (allowPrivate: boolean): readonly string[] => {
  const probe = probeOutbound(allowPrivate);
  assert.ok("outbound" in probe);
  return probe.outbound.blocked.map(({ address }) => address);
};

test("private ranges are blocked unless they are allowed", { skip }, () => {
  assert.deepEqual(
    PRIVATE.filter((address) => !blocked(false).includes(address)),
    [],
  );
  assert.deepEqual(
    PRIVATE.filter((address) => blocked(true).includes(address)),
    [],
  );
});

test("the host's own addresses are blocked in any case", { skip }, () => {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  for (const { family, internal, address } of own)
    if (family === "IPv4" && !internal) for (const allow of [false, true]) assert.ok(blocked(allow).includes(address), address);
});

test("the host's loopback is refused by the program itself", { skip }, () => {
  const probe = probeOutbound(true);
  assert.ok("outbound" in probe && probe.outbound.command.includes("--disable-host-loopback"));
});
