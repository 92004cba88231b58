// A folder of code, or a zip made elsewhere, as one package. What runs it is guessed from its files where the options don't say.

import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { CommandFailure } from "../failure.ts";
import { type Architecture, type FunctionPackage, hostArchitecture } from "./function-package.ts";
import { filesBelow, zipFiles } from "./zip-files.ts";

export interface RunOptions {
  readonly runtime: string | undefined;
  readonly handler: string | undefined;
  readonly architecture: Architecture | undefined;
}

/** Throws CommandFailure when it cannot be told what runs it. */
export async function folderPackage(folder: string, options: RunOptions): Promise<FunctionPackage> {
  const guessed = options.runtime && options.handler ? undefined : await guess(folder);
  const how = complete(options, guessed, folder);
  const zip = await zipFiles(await filesBelow(folder));
  return { ...how, name: basename(folder), zip, architecture: options.architecture ?? hostArchitecture(), from: folder };
}

/** The zip goes out as it is. */
export async function zippedPackage(file: string, options: RunOptions): Promise<FunctionPackage> {
  const how = complete(options, undefined, file);
  return {
    ...how,
    name: basename(file, ".zip"),
    zip: await readFile(file),
    architecture: options.architecture ?? hostArchitecture(),
    from: file,
  };
}

interface How {
  readonly runtime: string;
  readonly handler: string;
}

function complete(options: RunOptions, guessed: How | undefined, from: string): How {
  const runtime = options.runtime ?? guessed?.runtime;
  if (runtime === undefined) {
    throw new CommandFailure(`${from}: say what runs it, e.g. --runtime nodejs24.x --handler index.handler, or --runtime provided.al2023.`);
  }
  const handler = options.handler ?? (runtime.startsWith("provided") ? "bootstrap" : guessed?.handler);
  if (handler === undefined) throw new CommandFailure(`${from}: ${runtime} needs --handler FILE.FUNCTION.`);
  return { runtime, handler };
}

/** The usual names of a first file, in the order they are looked for. */
async function guess(folder: string): Promise<How | undefined> {
  const names = new Set(await readdir(folder));
  if (names.has("bootstrap")) return { runtime: "provided.al2023", handler: "bootstrap" };
  if (["index.mjs", "index.js", "index.cjs"].some((name) => names.has(name)))
    return { runtime: await nodeRuntime(), handler: "index.handler" };
  return guessPython(folder, names);
}

async function guessPython(folder: string, names: ReadonlySet<string>): Promise<How | undefined> {
  for (const name of ["lambda_function.py", "app.py", "main.py"].filter((one) => names.has(one))) {
    const defined = /^(?:async )?def (lambda_handler|handler)\(/m.exec(await readFile(join(folder, name), "utf8"))?.[1];
    if (defined) return { runtime: await pythonRuntime(), handler: `${basename(name, ".py")}.${defined}` };
  }
  return undefined;
}

/** The runtime that this machine's own interpreter is, or the next older one: what a laptop can run. AWS has even majors only. */
async function nodeRuntime(): Promise<string> {
  const major = Number(/^v(\d+)\./.exec(await versionOf("node"))?.[1] ?? process.versions.node.split(".")[0]);
  return `nodejs${Math.min(Math.max(major - (major % 2), 20), 26)}.x`;
}

async function pythonRuntime(): Promise<string> {
  const minor = Number(/^Python 3\.(\d+)/.exec(await versionOf("python3"))?.[1] ?? 13);
  return `python3.${Math.min(Math.max(minor, 9), 14)}`;
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(program, ["--version"]).catch(() => ({ stdout: "" }));
  return stdout;
}

/** Throws CommandFailure when nothing is there. */
export async function kindOf(path: string): Promise<"cargo" | "folder" | "zip"> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new CommandFailure(`There is no ${path}.`);
  if (!info.isDirectory()) return "zip";
  return (await stat(join(path, "Cargo.toml")).catch(() => undefined)) ? "cargo" : "folder";
}
