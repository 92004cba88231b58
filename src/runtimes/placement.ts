// Where an interpreter and its guest appear inside a sandbox.
// AWS has every managed runtime below /var/lang. So here, except for interpreters of the host's own /usr, which every sandbox has anyway.

import { existsSync, globSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { dataFile } from "../lib/sibling.ts";
import type { FoundInterpreter, Interpreter, Language, RuntimeMount } from "./runtime.ts";

export interface Placement {
  readonly mounts: readonly RuntimeMount[];
  /** The interpreter's path inside. */
  readonly program: string;
}

const LANG = "/var/lang";
const RUNTIME = "/var/runtime";

export function place(language: Language, interpreter: FoundInterpreter): Placement {
  const guest = { from: dataFile(`guest/${language === "nodejs" ? "node" : "python"}`), to: RUNTIME };
  const { executable, prefix, isShared } = interpreter;
  if (executable.startsWith("/usr/")) return { mounts: [guest], program: executable };
  const isAlone = language === "nodejs" && !isNodePrefix(interpreter);
  const parts = isAlone || isShared ? needed(language, interpreter) : whole(interpreter);
  const program = isAlone ? `${LANG}/bin/node` : join(LANG, relative(prefix, executable));
  return { mounts: [...parts, guest], program };
}

/** A shared library is loaded by the path that was compiled in, so the prefix must be there too. */
function whole({ prefix, bound }: Interpreter): readonly RuntimeMount[] {
  return [{ from: prefix, to: LANG }, ...(bound ? [{ from: prefix, to: prefix }] : [])];
}

function needed(language: Language, { executable, prefix, version, bound }: Interpreter): readonly RuntimeMount[] {
  if (language === "nodejs") return [{ from: executable, to: `${LANG}/bin/node` }];
  const library = `lib/python${version[0]}.${version[1]}`;
  const shared = bound ? globSync(join(prefix, `lib/libpython${version[0]}.${version[1]}*.so*`)) : [];
  return [
    { from: executable, to: join(LANG, relative(prefix, executable)) },
    { from: join(prefix, library), to: join(LANG, library) },
    ...shared.map((file) => ({ from: file, to: file })),
  ];
}

/** Node.js can do with its program alone; whatever stands beside a lone program is nobody's business inside. */
function isNodePrefix({ executable, prefix }: Interpreter): boolean {
  return dirname(executable) === join(prefix, "bin") && existsSync(join(prefix, "lib", "node_modules"));
}
