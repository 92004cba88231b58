// The AWS Lambda Web Adapter, built from crates.io once and kept in .cache: for the demo, and for the tests that run web servers as functions.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { packageRoot } from "../src/lib/sibling.ts";

const VERSION = "=1.0.0-rc1";

/** Absolute path of the extension's program. The first time takes a minute or two. Throws when cargo is missing or the build fails. */
export async function webAdapter(): Promise<string> {
  const root = join(packageRoot, ".cache", "web-adapter");
  const argv = ["install", "lambda_web_adapter", "--version", VERSION, "--locked", "--quiet", "--root", root];
  // its own target directory: a build of ours at the same time does not wait for it
  const cargo = spawn("cargo", argv, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, CARGO_TARGET_DIR: join(root, "target") },
  });
  let said = "";
  cargo.stderr.on("data", (bytes) => {
    said += bytes;
  });
  const [code] = await once(cargo, "close");
  if (code !== 0) throw new Error(`cargo install of the web adapter failed: ${said}`);
  return join(root, "bin", "lambda-adapter");
}
