// Builds the Rust functions that tests, demo and bench run: one cargo build, which does nothing when nothing changed. Tests compile them quickly,
// what shows figures compiles them well.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { packageRoot } from "../src/lib/sibling.ts";

// rust-*: the examples.
const PACKAGES = ["test-functions", "rust-*"];

/** Cargo's. "quick" compiles in 40 % of the time of "release", to programs that are slower: for tests. */
export type CargoProfile = "quick" | "release";

interface Artifact {
  readonly reason: string;
  readonly executable?: string | null;
  readonly target?: { readonly name: string };
}

/** Absolute paths of the binaries, by binary name: "echo", "scenario", "rust-hello" … Throws when cargo is missing or the build fails. */
export async function buildFunctions(profile: CargoProfile = "quick"): Promise<Readonly<Record<string, string>>> {
  const selection = PACKAGES.flatMap((name) => ["--package", name]);
  const argv = ["build", "--profile", profile, "--locked", "--quiet", "--message-format=json-render-diagnostics", ...selection];
  const cargo = spawn("cargo", argv, { cwd: packageRoot, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(cargo, "close");
  ended.catch(() => {}); // also thrown below; a missing cargo must not become an unhandled rejection in between
  const binaries: Record<string, string> = {};
  for await (const line of createInterface({ input: cargo.stdout })) {
    const { reason, executable, target } = JSON.parse(line) as Artifact;
    if (reason === "compiler-artifact" && executable && target) binaries[target.name] = executable;
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`cargo build of ${PACKAGES.join(", ")} failed`);
  return binaries;
}
