// Which control groups a process finds, from what the kernel tells on different kinds of machines.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assignNeeds, parseHierarchies } from "../../src/sandbox/cgroups.ts";
import { cpuQuota } from "../../src/sandbox/groups.ts";

const v1Mount = (controllers: string, root = "/") =>
  `36 31 0:32 ${root} /sys/fs/cgroup/${controllers} rw,relatime - cgroup cgroup rw,${controllers}`;
const v2Mount = (at = "/sys/fs/cgroup", root = "/") => `41 31 0:38 ${root} ${at} rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate`;

describe("parseHierarchies", () => {
  it("finds the one hierarchy of a machine with v2 alone", () => {
    const found = parseHierarchies("0::/user.slice/user-1000.slice/app.scope\n", `${v2Mount()}\n25 1 8:1 / / rw - ext4 /dev/sda rw`);
    assert.deepEqual(found, [
      { version: 2, controllers: [], mountPoint: "/sys/fs/cgroup", folder: "/sys/fs/cgroup/user.slice/user-1000.slice/app.scope" },
    ]);
  });

  it("finds v1 controllers, mounted together or alone, beside a v2 without any", () => {
    const cgroup = "5:cpu,cpuacct:/a\n4:memory:/b/c\n0::/\n";
    const mounts = [v1Mount("cpu,cpuacct"), v1Mount("memory"), v2Mount("/sys/fs/cgroup/unified")].join("\n");
    const folders = parseHierarchies(cgroup, mounts).map(({ version, folder }) => `${version} ${folder}`);
    assert.deepEqual(folders, ["1 /sys/fs/cgroup/cpu,cpuacct/a", "1 /sys/fs/cgroup/memory/b/c", "2 /sys/fs/cgroup/unified"]);
  });

  it("follows a container's mount that begins at its own group", () => {
    const [found] = parseHierarchies("4:memory:/docker/1234/inner\n", v1Mount("memory", "/docker/1234"));
    assert.equal(found?.folder, "/sys/fs/cgroup/memory/inner");
  });

  it("takes the mount itself when the own group lies outside of it", () => {
    const [found] = parseHierarchies("0::/../other\n", v2Mount("/sys/fs/cgroup", "/docker/1234"));
    assert.equal(found?.folder, "/sys/fs/cgroup");
  });

  it("leaves out a controller that is not mounted", () => {
    assert.deepEqual(parseHierarchies("4:memory:/\n3:pids:/\n", v1Mount("pids")).length, 1);
  });
});

describe("assignNeeds", () => {
  const v1 = (controllers: string[]) => ({ version: 1 as const, controllers, mountPoint: `/${controllers}`, folder: `/${controllers}` });
  const v2 = (controllers: string[]) => ({ version: 2 as const, controllers, mountPoint: "/v2", folder: "/v2" });
  const shown = (needs: ReturnType<typeof assignNeeds>) => Object.fromEntries([...needs].map(([need, { folder }]) => [need, folder]));

  it("takes all from v2 where it has the controllers", () => {
    assert.deepEqual(shown(assignNeeds([v2(["memory", "cpu", "pids"])])), {
      memory: "/v2",
      cpu: "/v2",
      pids: "/v2",
      freeze: "/v2",
      usage: "/v2",
    });
  });

  it("limits by v1 and freezes by v2 on a machine with both", () => {
    const needs = assignNeeds([v1(["memory"]), v1(["cpu", "cpuacct"]), v1(["pids"]), v1(["freezer"]), v2([])]);
    assert.deepEqual(shown(needs), { memory: "/memory", cpu: "/cpu,cpuacct", pids: "/pids", freeze: "/v2", usage: "/v2" });
  });

  it("does without what is not there", () => {
    assert.deepEqual(shown(assignNeeds([v1(["pids"])])), { pids: "/pids" });
    assert.deepEqual(shown(assignNeeds([])), {});
  });

  it("freezes by the version asked for", () => {
    const both = [v1(["freezer"]), v1(["cpuacct"]), v2([])];
    assert.equal(assignNeeds(both, 1).get("freeze")?.version, 1);
    assert.equal(assignNeeds(both, 2).get("freeze")?.version, 2);
    assert.equal(assignNeeds([v1(["freezer"])], 2).get("freeze"), undefined);
  });
});

describe("cpuQuota", () => {
  it("is the share of a short period", () => {
    assert.deepEqual(cpuQuota(1), { periodUs: 20_000, quotaUs: 20_000 });
    assert.deepEqual(cpuQuota(10_240 / 1_769), { periodUs: 20_000, quotaUs: 115_772 });
    assert.deepEqual(cpuQuota(128 / 1_769), { periodUs: 20_000, quotaUs: 1_447 });
  });

  it("lengthens the period where the kernel would refuse the quota", () => {
    const { periodUs, quotaUs } = cpuQuota(0.02);
    assert.deepEqual({ periodUs, quotaUs }, { periodUs: 50_000, quotaUs: 1_000 });
  });
});
