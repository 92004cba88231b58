// What the launcher builds a sandbox's root from.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Shape } from "../../src/sandbox/sandbox.ts";
import { addressesOf, type Outbound, specOf } from "../../src/sandbox/shape-spec.ts";
import { baseWithin } from "../../src/sandbox/uids.ts";

const shape: Shape = {
  mounts: [{ from: "/usr", to: "/var/lang" }],
  network: "outbound",
  listeners: [
    { name: "runtime", port: 9001 },
    { name: "endpoint", port: 4566 },
    { name: "db", port: 5432, hostName: "db.lambent.internal" },
    { name: "other", port: 5432, hostName: "other.lambent.internal" },
  ],
};
const outbound: Outbound = {
  command: ["/usr/bin/slirp4netns"],
  nameServer: "198.18.53.3",
  blocked: [{ address: "10.0.0.1", mask: "255.0.0.0" }],
};
type Spec = { files: Record<string, string>; outbound?: string[]; blocked: object[] };

describe("addressesOf", () => {
  it("gives listeners with a name addresses of their own, so that two may have the same port", () => {
    assert.deepEqual(Object.fromEntries(addressesOf(shape.listeners)), {
      runtime: "169.254.100.1:9001",
      endpoint: "169.254.100.1:4566",
      db: "169.254.100.2:5432",
      other: "169.254.100.3:5432",
    });
  });
});

describe("specOf", () => {
  it("writes names into /etc/hosts and the name server of the way out into /etc/resolv.conf", () => {
    const { files } = specOf(shape, outbound) as Spec;
    assert.match(files["/etc/hosts"]!, /^169\.254\.100\.3 other\.lambent\.internal$/m);
    assert.match(files["/etc/resolv.conf"]!, /^nameserver 198\.18\.53\.3$/m);
    assert.match(files["/etc/passwd"]!, /^sbx_user1051:x:993:993:/m);
  });

  it("has no way out, no name server and nothing to block for a shape without network", () => {
    const spec = specOf({ ...shape, network: "none" }, outbound) as Spec;
    assert.deepEqual([spec.outbound, spec.blocked, spec.files["/etc/resolv.conf"]], [undefined, [], ""]);
  });
});

describe("baseWithin", () => {
  it("takes ids that nobody uses, where the whole range is there", () => {
    assert.equal(baseWithin("         0          0 4294967295\n"), 1_950_000_000);
  });

  it("takes small ones inside a container's range", () => {
    assert.equal(baseWithin("         0     100000      65536\n"), 60_000);
  });
});
