// Reading what /proc and ps say of processes.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { familyOf, parsePsLine, parseStat, readProcessTable } from "../../src/sandbox/process-table.ts";

describe("parseStat", () => {
  it("reads a name that holds spaces and parentheses", () => {
    const numbers = "S 7 42 43 0 -1 4194560 1 0 0 0 25 5 0 0 20 0 1 0 500 1000 10 18446744073709551615";
    const row = parseStat(`42 (a) b (c) ${numbers}\n`);
    assert.deepEqual(row, { pid: 42, parent: 7, group: 42, session: 43, residentBytes: 40_960, cpuUs: 300_000, isZombie: false });
  });

  it("has nothing to say of a line cut short", () => {
    assert.equal(parseStat("42 (name) S 7"), undefined);
    assert.equal(parseStat(""), undefined);
  });

  it("knows a zombie", () => {
    const numbers = "Z 7 42 43 0 -1 4194560 1 0 0 0 25 5 0 0 20 0 1 0 500 0 0 0";
    assert.equal(parseStat(`42 (x) ${numbers}`)?.isZombie, true);
  });
});

describe("parsePsLine", () => {
  it("reads sizes in kB and times with minutes, or hours", () => {
    const row = parsePsLine("  501     1   501     0   2048   0:01.25 Ss  ");
    assert.deepEqual(row, { pid: 501, parent: 1, group: 501, session: 0, residentBytes: 2_097_152, cpuUs: 1_250_000, isZombie: false });
    assert.equal(parsePsLine("1 0 1 0 0 1:00:00 S")?.cpuUs, 3_600_000_000);
  });

  it("has nothing to say of an empty line", () => {
    assert.equal(parsePsLine(""), undefined);
  });
});

describe("familyOf", () => {
  const row = (pid: number, parent: number) => ({ pid, parent, group: pid, session: pid, residentBytes: 0, cpuUs: 0, isZombie: false });

  it("is the roots and all that descends from them, once", () => {
    const table = [row(1, 0), row(2, 1), row(3, 2), row(4, 3), row(5, 1), row(6, 5)];
    const family = familyOf(new Set([2, 3]), table);
    assert.deepEqual(family.map(({ pid }) => pid).sort(), [2, 3, 4]);
  });
});

describe("readProcessTable", () => {
  it("finds this process and its parent", async () => {
    const table = await readProcessTable();
    const own = table.find(({ pid }) => pid === process.pid);
    assert.equal(own?.parent, process.ppid);
    assert.ok(own.residentBytes > 10 << 20);
  });
});
