// What building the launcher relies on.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { dataFile } from "../../src/lib/sibling.ts";

/** "name version" of each package that a lockfile pins. */
function pinned(file: string): Set<string> {
  const text = readFileSync(dataFile(file), "utf8");
  return new Set([...text.matchAll(/name = "([^"]+)"\nversion = "([^"]+)"/g)].map(([, name, version]) => `${name} ${version}`));
}

describe("the launcher's sources", () => {
  it("pin the same crates in an installed package as in the workspace", () => {
    const workspace = pinned("Cargo.lock");
    // serde's derive macros are pinned by every lockfile and compiled by none
    const differing = [...pinned("native/stem/Cargo.lock")].filter((crate) => !workspace.has(crate));
    assert.deepEqual(differing, [], "copy the versions of Cargo.lock to native/stem/Cargo.lock");
  });

  it("show sandboxes the same paths of the host as the bubblewrap driver does", async () => {
    const { HOST_PATHS } = await import("../../src/sandbox/host-paths.ts");
    const source = readFileSync(dataFile("native/stem/src/shape.rs"), "utf8");
    const list = /FROM_HOST: &\[&str\] = &\[([^\]]*)\]/.exec(source)?.[1] ?? "";
    assert.deepEqual(
      [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1]),
      HOST_PATHS,
    );
  });
});
