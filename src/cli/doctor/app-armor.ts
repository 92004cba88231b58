// Ubuntu since 23.10 lets only programs with an AppArmor profile make user namespaces. `sudo lambent doctor --fix` gives the launcher one.

import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { isCheckout, packageRoot } from "../../lib/sibling.ts";
import { CommandFailure } from "../failure.ts";

const SWITCH = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
export const PROFILE_FILE = "/etc/apparmor.d/lambent";

export interface FixFacts {
  /** AppArmor keeps programs without a profile from making user namespaces. */
  readonly isRestricted: boolean;
  readonly isRoot: boolean;
  /** Where this program's launchers lie, as AppArmor writes it. */
  readonly launchers: string;
}

export type Fix =
  | { readonly kind: "nothing"; readonly words: string }
  | { readonly kind: "refused"; readonly words: string }
  | { readonly kind: "write"; readonly words: string; readonly text: string };

export function decideFix({ isRestricted, isRoot, launchers }: FixFacts): Fix {
  if (!isRestricted) return { kind: "nothing", words: "There is nothing to fix: AppArmor does not restrict user namespaces here." };
  if (!isRoot) return { kind: "refused", words: "Only root may install an AppArmor profile: sudo lambent doctor --fix" };
  const words = `Writing ${PROFILE_FILE}, which lets lambent's launcher make user namespaces and nothing else, and loading it: ${launchers}`;
  return { kind: "write", words, text: profileFor(launchers) };
}

export async function fixFacts(): Promise<FixFacts> {
  const setting = await readFile(SWITCH, "utf8").catch(() => "0");
  return { isRestricted: setting.trim() === "1", isRoot: process.getuid?.() === 0, launchers: launcherPattern() };
}

/** Throws CommandFailure where the file cannot be written or AppArmor does not take it. */
export async function applyProfile(text: string): Promise<void> {
  try {
    await writeFile(PROFILE_FILE, text);
    await promisify(execFile)("apparmor_parser", ["--replace", PROFILE_FILE]);
  } catch (error) {
    throw new CommandFailure(`AppArmor did not take ${PROFILE_FILE}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Where build-stem.ts puts launchers: below a checkout, or in the cache of whoever starts an installed package. Not found by looking, since
 * root's home is not the one of the user who is to be helped, and the next version's launcher lies elsewhere.
 */
export function launcherPattern(
  place: { readonly checkout: string | undefined } = { checkout: isCheckout ? packageRoot : undefined },
): string {
  const below = "target/*/stem/stem";
  return place.checkout === undefined ? `@{HOME}/.cache/lambent/stem-*/${below}` : `${literal(place.checkout)}/${below}`;
}

/** A path in which AppArmor shall see no pattern. */
function literal(path: string): string {
  return path.replace(/[\\*?[\]{}^"@]/g, "\\$&");
}

/** "unconfined" changes nothing else: the launcher makes its own sandboxes. */
function profileFor(launchers: string): string {
  return `# Written by lambent doctor --fix: lambent's launcher may make the user namespaces that functions run in.
abi <abi/4.0>,
include <tunables/global>

profile lambent "${launchers}" flags=(unconfined) {
  userns,

  include if exists <local/lambent>
}
`;
}
