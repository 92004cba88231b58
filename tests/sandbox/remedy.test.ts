// The sentence that tells a person what to do where sandboxes cannot be made.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type HostFacts, isOlder, remedyFor } from "../../src/sandbox/remedy.ts";

const good: HostFacts = {
  isRoot: false,
  appArmorRestricts: false,
  cloneForbidden: false,
  noUserNamespaces: false,
  container: undefined,
  kernel: "6.1.0-18-amd64",
};

describe("remedyFor", () => {
  const rows: readonly [string, Partial<HostFacts>, RegExp][] = [
    ["Ubuntu's AppArmor restriction", { appArmorRestricts: true }, /sudo lambent doctor --fix/],
    ["user namespaces switched off", { noUserNamespaces: true }, /user\.max_user_namespaces/],
    ["user namespaces for root only", { cloneForbidden: true }, /kernel\.unprivileged_userns_clone=1/],
    ["a container", { container: "docker" }, /seccomp=unconfined/],
    ["a pod", { container: "kubernetes" }, /procMount/],
    ["an old kernel", { kernel: "4.19.0" }, /4\.19\.0 is too old/],
    ["nothing that is known", {}, /does not let this user/],
  ];
  for (const [name, facts, expected] of rows) {
    it(`knows ${name}`, () => assert.match(remedyFor({ ...good, ...facts }), expected));
  }

  it("does not send root after restrictions of ordinary users", () => {
    assert.doesNotMatch(remedyFor({ ...good, isRoot: true, appArmorRestricts: true }), /AppArmor/);
  });
});

describe("isOlder", () => {
  it("compares numbers, not text", () => {
    assert.deepEqual(
      [isOlder("5.4.0", [5, 12]), isOlder("5.12.0", [5, 12]), isOlder("6.1.0", [5, 12]), isOlder("4.20.1", [5, 12])],
      [true, false, false, true],
    );
  });
});
