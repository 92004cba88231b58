// The AWS Lambda Web Adapter, built from crates.io once and kept in .cache: for the demo, and for the tests that run web servers as functions.

import { join } from "node:path";
import { packageRoot } from "../src/lib/sibling.ts";
import type { CargoProfile } from "./build-functions.ts";
import { command } from "./command.ts";
import { withLock } from "./lock.ts";

const VERSION = "=1.0.0-rc1";

/** Instead of its own optimisation of everything in one piece, which takes twice as long. */
const QUICK = { CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_LTO: "off", CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16" };

/** Absolute path of the extension's program. The first time takes a minute or two. Throws when cargo is missing or the build fails. */
export async function webAdapter(profile: CargoProfile = "quick"): Promise<string> {
  const home = join(packageRoot, ".cache", `web-adapter-${profile}`);
  const argv = ["cargo", "install", "lambda_web_adapter", "--version", VERSION, "--locked", "--quiet", "--root", home];
  // its own target directory: a build of ours at the same time does not wait for it
  const env = { CARGO_TARGET_DIR: join(home, "target"), ...(profile === "quick" ? QUICK : {}) };
  await withLock(`${home}.lock`, () => command(argv, { env })); // two at once take each other's files away
  return join(home, "bin", "lambda-adapter");
}
