// From a cargo project to one package per binary: built, stripped, zipped as `bootstrap`.

import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CommandFailure } from "../failure.ts";
import { type Binary, type BuildOptions, cargoBuild, cargoProject } from "./cargo.ts";
import { type FunctionPackage, hostArchitecture } from "./function-package.ts";
import { zipFiles } from "./zip-files.ts";

const run = promisify(execFile);

export interface CargoOptions extends BuildOptions {
  /** Names of binaries; empty means all. */
  readonly only: readonly string[];
}

/** Throws CommandFailure when there is no binary, or none of a wanted name, or cargo fails. */
export async function cargoPackages(folder: string, options: CargoOptions): Promise<readonly FunctionPackage[]> {
  const project = await cargoProject(folder);
  const chosen = choose(project.binaries, options.only, folder);
  const files = await cargoBuild(project, chosen, options);
  const packages: FunctionPackage[] = [];
  for (const { name } of chosen) {
    const file = files.get(name);
    if (file === undefined) throw new CommandFailure(`cargo built no binary ${name}.`);
    packages.push({
      name,
      zip: await zipBinary(file),
      runtime: "provided.al2023",
      handler: "bootstrap",
      architecture: options.architecture ?? hostArchitecture(),
      from: file,
    });
  }
  return packages;
}

function choose(binaries: readonly Binary[], only: readonly string[], folder: string): readonly Binary[] {
  const names = binaries.map((binary) => binary.name);
  if (names.length === 0) throw new CommandFailure(`${folder} has no binary: a function is a [[bin]] target or src/main.rs.`);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new CommandFailure(`There is no binary ${unknown} in ${folder}. It has: ${names.join(", ")}.`);
  return only.length === 0 ? binaries : binaries.filter((binary) => only.includes(binary.name));
}

async function zipBinary(file: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "lambent-build-"));
  try {
    const bootstrap = join(folder, "bootstrap");
    await copyFile(file, bootstrap);
    // Symbols are most of a Rust binary. Without `strip`, or for a foreign architecture that it does not know, the function is only larger.
    await run("strip", [bootstrap]).catch(() => undefined);
    return await zipFiles([{ name: "bootstrap", file: bootstrap, isExecutable: true }]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
