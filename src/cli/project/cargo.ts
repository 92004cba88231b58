// Cargo projects: which binaries there are, and building them. Cargo's own progress goes to the screen.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { buffer } from "node:stream/consumers";
import { CommandFailure } from "../failure.ts";
import { type Architecture, hostArchitecture } from "./function-package.ts";

const TARGETS = { x86_64: "x86_64-unknown-linux-gnu", arm64: "aarch64-unknown-linux-gnu" } as const;

export interface Binary {
  /** The binary's own name: the function's too. */
  readonly name: string;
  readonly package: string;
}

interface Metadata {
  readonly target_directory: string;
  readonly packages: readonly {
    readonly id: string;
    readonly name: string;
    readonly manifest_path: string;
    readonly targets: readonly { readonly name: string; readonly kind: readonly string[] }[];
  }[];
}

export interface Project {
  readonly folder: string;
  readonly targetDirectory: string;
  readonly binaries: readonly Binary[];
}

/** The binaries of the package in `folder`, or of all members when it is a workspace's root without a package. Throws CommandFailure. */
export async function cargoProject(folder: string): Promise<Project> {
  const metadata = await readMetadata(folder);
  const own = metadata.packages.filter((one) => one.manifest_path === `${folder}/Cargo.toml`);
  const packages = own.length > 0 ? own : metadata.packages;
  const binaries = packages.flatMap((one) => {
    return one.targets.filter((target) => target.kind.includes("bin")).map((target) => ({ name: target.name, package: one.name }));
  });
  return { folder, targetDirectory: metadata.target_directory, binaries };
}

/** Builds in release mode; the path of each binary's file by its name. `show` receives cargo's progress. */
export async function cargoBuild(
  project: Project,
  binaries: readonly Binary[],
  options: BuildOptions,
): Promise<ReadonlyMap<string, string>> {
  const args = [
    "build",
    "--release",
    "--message-format=json-render-diagnostics",
    ...selection(binaries),
    ...targetOf(options.architecture),
  ];
  const child = spawn("cargo", args, { cwd: project.folder, stdio: ["ignore", "pipe", options.isQuiet ? "pipe" : "inherit"] });
  const ended = exitOf(child);
  const said = child.stderr ? buffer(child.stderr) : undefined;
  const files = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout! })) {
    const made = executableOf(line);
    if (made) files.set(made.name, made.file);
  }
  if ((await ended) !== 0) throw new CommandFailure(`cargo could not build ${project.folder}: see above.${said ? `\n${await said}` : ""}`);
  return files;
}

export interface BuildOptions {
  readonly architecture: Architecture | undefined;
  /** True: cargo's words are shown only when it fails. */
  readonly isQuiet: boolean;
}

function selection(binaries: readonly Binary[]): readonly string[] {
  const packages = new Set(binaries.map((binary) => binary.package));
  return [...[...packages].flatMap((name) => ["--package", name]), ...binaries.flatMap((binary) => ["--bin", binary.name])];
}

/** Only a foreign architecture names a target: the host's own build shares target/release with the user's `cargo build --release`. */
function targetOf(architecture: Architecture | undefined): readonly string[] {
  return architecture === undefined || architecture === hostArchitecture() ? [] : ["--target", TARGETS[architecture]];
}

async function readMetadata(folder: string): Promise<Metadata> {
  const child = spawn("cargo", ["metadata", "--no-deps", "--format-version", "1"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const [code, out, said] = await Promise.all([exitOf(child), buffer(child.stdout), buffer(child.stderr)]);
  if (code !== 0) throw new CommandFailure(`cargo does not understand ${folder}:\n${said.toString().trim()}`);
  return JSON.parse(out.toString()) as Metadata;
}

function exitOf(child: ReturnType<typeof spawn>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on("error", (error: NodeJS.ErrnoException) => {
    const sentence = error.code === "ENOENT" ? "There is no cargo. Install Rust from https://rustup.rs and try again." : error.message;
    reject(new CommandFailure(sentence, { cause: error }));
  });
  child.on("close", (code) => resolve(code ?? 1));
  return promise;
}

/** A line of cargo's JSON that says that a binary was made, or was there already. */
function executableOf(line: string): { name: string; file: string } | undefined {
  if (!line.startsWith("{")) return undefined;
  const message = JSON.parse(line) as { reason: string; executable?: string | null; target?: { name: string; kind: readonly string[] } };
  const isBinary = message.reason === "compiler-artifact" && message.target?.kind.includes("bin");
  return isBinary && message.executable ? { name: message.target!.name, file: message.executable } : undefined;
}
