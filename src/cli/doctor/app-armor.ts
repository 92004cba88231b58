// Ubuntu since 23.10 lets only programs with an AppArmor profile make user namespaces. `sudo lambent doctor --fix` gives the launcher one.

import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { CommandFailure } from "../failure.ts";

const SWITCH = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
const PROFILE_FILE = "/etc/apparmor.d/lambent-stem";

/** True where the restriction is on: the launcher then needs the profile, unless lambent runs as root. */
export async function isUserNamespaceRestricted(): Promise<boolean> {
  return (await readFile(SWITCH, "utf8").catch(() => "0")).trim() === "1";
}

/** Allows user namespaces to the launcher at this path and to nothing else. Throws CommandFailure when not root or without AppArmor's tools. */
export async function allowUserNamespaces(launcher: string): Promise<void> {
  if (process.getuid?.() !== 0) throw new CommandFailure("Only root may install an AppArmor profile: sudo lambent doctor --fix");
  await writeFile(PROFILE_FILE, profile(launcher));
  try {
    await promisify(execFile)("apparmor_parser", ["--replace", PROFILE_FILE]);
  } catch (error) {
    throw new CommandFailure(`${PROFILE_FILE} was written, but apparmor_parser did not take it: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** "unconfined" changes nothing else: the launcher makes its own sandboxes. */
function profile(launcher: string): string {
  return `# Written by lambent doctor --fix: its launcher may make the user namespaces that functions run in.
abi <abi/4.0>,
include <tunables/global>

profile lambent-stem "${launcher}" flags=(unconfined) {
  userns,
}
`;
}
