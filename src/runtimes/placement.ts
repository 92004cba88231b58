// Where an interpreter and its guest appear inside a sandbox.
// AWS has every managed runtime below /var/lang. So here, except for interpreters of the host's own /usr, which every sandbox has anyway.

import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { dataFile } from "../lib/sibling.ts";
import type { Interpreter, Language, RuntimeMount } from "./runtime.ts";

export interface Placement {
  readonly mounts: readonly RuntimeMount[];
  /** The interpreter's path inside. */
  readonly program: string;
}

const LANG = "/var/lang";
const RUNTIME = "/var/runtime";

export function place(language: Language, interpreter: Interpreter): Placement {
  const guest = { from: dataFile(`guest/${language === "nodejs" ? "node" : "python"}`), to: RUNTIME };
  const { executable, prefix, bound } = interpreter;
  if (executable.startsWith("/usr/")) return { mounts: [guest], program: executable };
  if (language === "nodejs" && !isNodePrefix(interpreter)) {
    const program = `${LANG}/bin/node`;
    return { mounts: [{ from: executable, to: program }, guest], program };
  }
  // A shared library is loaded by the path that was compiled in, so the prefix must be there too.
  const mounts = [{ from: prefix, to: LANG }, ...(bound ? [{ from: prefix, to: prefix }] : []), guest];
  return { mounts, program: join(LANG, relative(prefix, executable)) };
}

/** Node.js can do with its program alone, and a lone program in somebody's ~/bin must not make their home visible. */
function isNodePrefix({ executable, prefix }: Interpreter): boolean {
  return dirname(executable) === join(prefix, "bin") && existsSync(join(prefix, "lib", "node_modules"));
}
