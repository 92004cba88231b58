// The launcher's file: found, or built from native/stem with cargo. In a checkout it goes to the workspace's target directory; an installed
// package builds a copy in this user's cache. Static, so that it also runs in roots that have no C library.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { cp, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { PlatformError } from "../lib/errors.ts";
import { isCheckout, packageRoot } from "../lib/sibling.ts";

const run = promisify(execFile);

const RUST_ARCHITECTURE: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };
/** Said here as well as in the workspace: outside of it the crate stands alone, and a member's own profiles would be ignored. */
const PROFILE = ['inherits="release"', 'opt-level="s"', "lto=true", "codegen-units=1", 'panic="abort"', 'strip="symbols"'];
const BUILD_WITHIN_MS = 10 * 60_000;

const sources = join(packageRoot, "native", "stem");

/** The launcher that fits these sources; undefined when it must be built first. */
export function findStem(): string | undefined {
  return candidates().find((file) => existsSync(file) && (!isCheckout || statSync(file).mtimeMs >= newestSourceMs()));
}

/**
 * Builds the launcher unless it is up to date, and answers its path.
 * Throws PlatformError stem-not-built with what to do, e.g. when there is no cargo.
 */
export async function buildStem(): Promise<string> {
  const found = findStem();
  if (found !== undefined) return found;
  const architecture = RUST_ARCHITECTURE[process.arch];
  if (process.platform !== "linux" || architecture === undefined) {
    throw new PlatformError(
      "stem-not-built",
      `The launcher of sandboxes exists for Linux on x64 and arm64, not for ${process.platform} on ${process.arch}`,
    );
  }
  const target = (await hasMusl(architecture)) ? targetOf(architecture, "musl") : targetOf(architecture, "gnu");
  await cargo(target);
  const file = stemFile(target);
  if (!existsSync(file)) throw new PlatformError("stem-not-built", `cargo built no ${file}`);
  return file;
}

const targetOf = (architecture: string, library: "musl" | "gnu") => `${architecture}-unknown-linux-${library}`;

function candidates(): string[] {
  const architecture = RUST_ARCHITECTURE[process.arch];
  return architecture === undefined ? [] : [stemFile(targetOf(architecture, "musl")), stemFile(targetOf(architecture, "gnu"))];
}

function stemFile(target: string): string {
  return join(targetFolder(), target, "stem", "stem");
}

function targetFolder(): string {
  return isCheckout ? join(packageRoot, "target") : join(cacheFolder(), "target");
}

/** By content: npm gives all files of a package the same old date, so a newer package would look older than what was built before. */
function cacheFolder(): string {
  const hash = createHash("sha256");
  for (const file of sourceFiles()) hash.update(readFileSync(file));
  return join(homedir(), ".cache", "lambent", `stem-${hash.digest("hex").slice(0, 16)}`);
}

function sourceFiles(): string[] {
  const code = readdirSync(join(sources, "src")).toSorted();
  return [...code.map((name) => join(sources, "src", name)), join(sources, "Cargo.toml")];
}

/** A package may lie below somebody's own cargo workspace, which cargo would take it for a part of: so a copy is built, a workspace of its own. */
async function manifest(): Promise<string> {
  if (isCheckout) return join(sources, "Cargo.toml");
  const copy = join(cacheFolder(), "source");
  await cp(sources, copy, { recursive: true });
  await writeFile(join(copy, "Cargo.toml"), `${readFileSync(join(sources, "Cargo.toml"), "utf8")}\n[workspace]\n`);
  return join(copy, "Cargo.toml");
}

function newestSourceMs(): number {
  return Math.max(...sourceFiles().map((file) => statSync(file).mtimeMs));
}

async function hasMusl(architecture: string): Promise<boolean> {
  const sysroot = await run("rustc", ["--print", "sysroot"]).catch(noCargo);
  return existsSync(join(sysroot.stdout.trim(), "lib", "rustlib", targetOf(architecture, "musl")));
}

async function cargo(target: string): Promise<void> {
  const profile = PROFILE.flatMap((line) => ["--config", `profile.stem.${line}`]);
  const isStatic = target.endsWith("gnu") ? ["--config", `target.${target}.rustflags=["-Ctarget-feature=+crt-static"]`] : [];
  const parameters = ["build", "--locked", "--quiet", "--profile", "stem", "--target", target, "--target-dir", targetFolder()];
  try {
    // beside this crate in a workspace stand functions, which the launcher does not need
    await run("cargo", [...parameters, "--manifest-path", await manifest(), "--package", "stem", ...profile, ...isStatic], {
      timeout: BUILD_WITHIN_MS,
    });
  } catch (error) {
    noCargo(error);
  }
  await touch(stemFile(target));
}

/** cargo leaves an unchanged file as it was, older than a source that only lost a comment. */
async function touch(file: string): Promise<void> {
  await utimes(file, new Date(), new Date()).catch(() => {});
}

function noCargo(error: unknown): never {
  const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
  const because = isMissing ? "cargo is not installed (https://rustup.rs)" : String((error as { stderr?: string }).stderr ?? error).trim();
  throw new PlatformError("stem-not-built", `The launcher of sandboxes could not be built: ${because}`, { cause: error });
}
