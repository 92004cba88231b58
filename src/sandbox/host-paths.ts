// What of the host every sandbox sees, as far as it exists; native/stem/src/shape.rs has the same list for the stem driver.

import { realpathSync } from "node:fs";
import { PlatformError } from "../lib/errors.ts";

/** A path without symbolic links: those who show it in a sandbox see the host below another root, where an absolute link leads astray. */
export function hostPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const because = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new PlatformError("sandbox-not-started", `${path} cannot be shown in a sandbox: ${because}`, { cause: error });
  }
}

export const HOST_PATHS: readonly string[] = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/nix",
  "/etc/ssl",
  "/etc/pki",
  "/etc/ca-certificates",
  "/etc/crypto-policies",
  "/etc/alternatives",
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/mime.types",
  "/etc/services",
  "/etc/protocols",
];
