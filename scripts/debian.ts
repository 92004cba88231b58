// Debian packages that suites drive: installed when we may, named when we may not.

import { tryCommand } from "./command.ts";

/** Package → a program that it brings, to look for where there is no dpkg. */
const PROGRAMS: Readonly<Record<string, string>> = {
  bubblewrap: "bwrap",
  slirp4netns: "slirp4netns",
  awscli: "aws",
  curl: "curl",
  postgresql: "psql",
  "python3-venv": "python3",
};

/** Resolves with a sentence about what is missing and how to get it, or undefined when everything is there. */
export async function ensurePackages(packages: readonly string[]): Promise<string | undefined> {
  if (process.platform !== "linux") return undefined;
  const missing = await missingOf(packages);
  if (missing.length === 0) return undefined;
  const remedy = `apt-get install ${missing.join(" ")}`;
  if ((await tryCommand(["apt-get", "--version"])).code !== 0) return `Missing: ${missing.join(", ")}. Tests that need them cannot run.`;
  if (process.getuid?.() !== 0) return `Missing: ${missing.join(", ")}. Install them with: sudo ${remedy}`;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await tryCommand(["apt-get", "update", "--quiet"], { env });
  const installed = await tryCommand(["apt-get", "install", "--yes", "--no-install-recommends", "--quiet", ...missing], { env });
  return installed.code === 0 ? undefined : `\`${remedy}\` failed:\n${installed.output.trim().split("\n").slice(-5).join("\n")}`;
}

async function missingOf(packages: readonly string[]): Promise<readonly string[]> {
  const isThere = await Promise.all(packages.map(isInstalled));
  return packages.filter((_, index) => !isThere[index]);
}

async function isInstalled(name: string): Promise<boolean> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own syntax
  const asked = await tryCommand(["dpkg-query", "--show", "--showformat=${Status}", name]);
  if (asked.code !== 127) return asked.output.startsWith("install ok installed");
  const program = PROGRAMS[name] ?? name;
  return (await tryCommand(["sh", "-c", `command -v ${program}`])).code === 0;
}
