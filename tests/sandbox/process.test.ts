// Parts of the driver without isolation that need no process.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isRunnable } from "../../src/sandbox/executable-format.ts";
import { onHost } from "../../src/sandbox/process.ts";

describe("onHost", () => {
  const shape = {
    mounts: [
      { from: "/opt/python", to: "/var/lang" },
      { from: "/opt/python-bin", to: "/var/lang/bin" },
    ],
  };

  it("finds a path below a mount, by the longest one", () => {
    assert.equal(onHost(shape, "/var/lang/lib/x.py"), "/opt/python/lib/x.py");
    assert.equal(onHost(shape, "/var/lang/bin/python3"), "/opt/python-bin/python3");
    assert.equal(onHost(shape, "/var/lang"), "/opt/python");
  });

  it("leaves other paths as they are", () => {
    assert.equal(onHost(shape, "/var/language"), "/var/language");
    assert.equal(onHost(shape, "/usr/bin/env"), "/usr/bin/env");
  });
});

describe("isRunnable", () => {
  const own = readFileSync(process.execPath).subarray(0, 20);

  it("takes scripts and programs of this machine", () => {
    assert.equal(isRunnable(Buffer.from("#!/bin/sh\n".padEnd(20)), own), true);
    assert.equal(isRunnable(own, own), true);
  });

  it("takes neither other machines' programs nor text", () => {
    const other = Buffer.from(own);
    other.writeUInt16LE(0x2a, 18);
    assert.equal(isRunnable(other, own), false);
    assert.equal(isRunnable(Buffer.from("echo hello".padEnd(20)), own), false);
    assert.equal(isRunnable(Buffer.alloc(20), own), false);
  });
});
