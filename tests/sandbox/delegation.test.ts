// When starting again under systemd gives an ordinary user control groups of his own.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DelegationFacts, delegationCommand, delegationFacts } from "../../src/sandbox/delegation.ts";

const v2 = { version: 2 as const, controllers: [], mountPoint: "/sys/fs/cgroup", folder: "/sys/fs/cgroup/user.slice" };
const helps: DelegationFacts = { uid: 1000, hierarchies: [v2], ownsGroup: false, hasUserManager: true, systemdRun: "/usr/bin/systemd-run" };

describe("delegationCommand", () => {
  it("asks systemd for a scope with delegated groups", () => {
    const command = delegationCommand(helps);
    assert.equal(command?.[0], "/usr/bin/systemd-run");
    assert.ok(command?.includes("--property=Delegate=yes"));
    assert.equal(command?.at(-1), "--");
  });

  const rows: readonly [string, Partial<DelegationFacts>][] = [
    ["root, who needs none", { uid: 0 }],
    ["a program that is in such a scope already", { ownsGroup: true }],
    ["a user whose systemd does not run", { hasUserManager: false }],
    ["a system without systemd", { systemdRun: undefined }],
    ["a machine with v1", { hierarchies: [v2, { ...v2, version: 1, controllers: ["memory"] }] }],
    ["a machine without control groups", { hierarchies: [] }],
  ];
  for (const [name, facts] of rows) {
    it(`is nothing for ${name}`, () => assert.equal(delegationCommand({ ...helps, ...facts }), undefined));
  }

  it("can be asked on any machine", () => {
    assert.ok(delegationFacts().uid >= 0);
  });
});
