// Which driver is chosen on this machine, and what a person is told when none is.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ChosenDriver, chooseDriver, type DriverSettings, probeAll } from "../../src/sandbox/drivers.ts";
import { PATIENCE, runScript } from "./sandbox-harness.ts";

const settings: DriverSettings = { sandbox: "auto", network: "none", allowPrivateNetworks: false };
const isLinux = process.platform === "linux";

async function withChosen(wanted: Partial<DriverSettings>, use: (chosen: ChosenDriver) => Promise<void>): Promise<void> {
  const chosen = await chooseDriver({ ...settings, ...wanted });
  try {
    await use(chosen);
  } finally {
    await chosen.driver.close();
  }
}

describe("the choice of a driver", PATIENCE, () => {
  it("is stem on Linux, and works", { skip: !isLinux }, async () => {
    await withChosen({}, async ({ driver, network }) => {
      assert.deepEqual([driver.name, network], ["stem", "none"]);
      assert.equal((await runScript(driver, "echo works")).text, "works\n");
    });
  });

  it("has a way out exactly where one works", { skip: !isLinux }, async () => {
    await withChosen({ network: "auto" }, async ({ network, notes }) => {
      const isTold = notes.some((note) => note.includes("no way to the internet"));
      assert.equal(isTold, network === "none", notes.join("\n"));
    });
  });

  it("is what was asked for", async () => {
    await withChosen({ sandbox: "process", network: "auto" }, async ({ driver, notes }) => {
      assert.equal(driver.name, "process");
      assert.match(notes.join(), /NO ISOLATION/);
    });
  });

  it("is refused where it could not hold what was asked for", async () => {
    await assert.rejects(chooseDriver({ ...settings, sandbox: "process", network: "none" }), { code: "sandbox-unusable" });
    if (isLinux) await assert.rejects(chooseDriver({ ...settings, sandbox: "bubblewrap", network: "outbound" }), /no way|not installed/);
  });

  it("can be looked at without a choice: every driver says whether it works, and why not", async () => {
    const probes = await probeAll({ network: "auto", allowPrivateNetworks: false });
    assert.deepEqual([...probes.keys()], ["stem", "bubblewrap", "process"]);
    for (const [name, probe] of probes) assert.ok(probe.usable || probe.because.length > 10, name);
  });
});
