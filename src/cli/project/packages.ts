// PATH on the command line → the packages in it.

import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { type CommandInvocation, collect, UsageError } from "../command.ts";
import { cargoPackages } from "./cargo-packages.ts";
import { folderPackage, kindOf, zippedPackage } from "./folder-package.ts";
import type { Architecture, FunctionPackage } from "./function-package.ts";

export function addPackageOptions(command: Command): void {
  command.argument("[PATH]", "a cargo project or workspace, a folder of code, or a zip", ".");
  command.option("--bin <NAME>", "only this binary of a cargo project; may be repeated", collect);
  command.option("--runtime <ID>", "what runs a folder or zip, e.g. nodejs24.x, python3.13, provided.al2023");
  command.option("--handler <FILE.FUNCTION>", "what it calls, e.g. index.handler");
  command.addOption(new Option("--architecture <NAME>", "default: this machine's").choices(["x86_64", "arm64"]));
}

/** Builds what must be built. Throws CommandFailure and UsageError. */
export async function packagesAt(invocation: CommandInvocation): Promise<readonly FunctionPackage[]> {
  const { args, options, workingDirectory } = invocation;
  const named = resolve(workingDirectory, args[0] ?? ".");
  const kind = await kindOf(named);
  const path = await realpath(named);
  const architecture = options.text("architecture") as Architecture | undefined;
  const run = { runtime: options.text("runtime"), handler: options.text("handler"), architecture };
  if (kind === "cargo") {
    if (run.handler !== undefined) throw new UsageError("--handler is for folders and zips: a Rust binary is its own handler.");
    const packages = await cargoPackages(path, { only: options.list("bin"), architecture, isQuiet: options.json });
    return run.runtime === undefined ? packages : packages.map((one) => ({ ...one, runtime: run.runtime! }));
  }
  if (options.list("bin").length > 0) throw new UsageError(`--bin is for cargo projects; ${path} has no Cargo.toml.`);
  return [kind === "zip" ? await zippedPackage(path, run) : await folderPackage(path, run)];
}
