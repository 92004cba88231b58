// Where interpreters are looked for: PATH, the homes of version managers, the system's own folders.

import { globSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Language } from "./runtime.ts";

/** What the search depends on: config.search fits. */
export interface InterpreterSearch {
  readonly path: string;
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export interface Candidate {
  /** Links resolved. */
  readonly path: string;
  /** The version its path tells, without running it: [22, 3, 0]. */
  readonly guess: readonly number[] | undefined;
}

const NAMES: Readonly<Record<Language, string>> = { nodejs: "{node,nodejs}", python: "{python3,python3.[0-9],python3.[0-9][0-9]}" };
const SYSTEM_FOLDERS = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"];

/** In order of preference among equal versions, each program once. A manager's shims come last: running them is slow. */
export function candidates(language: Language, search: InterpreterSearch): readonly Candidate[] {
  const folders = [...search.path.split(":").filter((folder) => folder.startsWith("/")), ...SYSTEM_FOLDERS];
  const [shims, bins] = partition(folders, (folder) => basename(folder) === "shims");
  const places = [...bins, ...managed(language, search), ...shims];
  const found = places.flatMap((folder) => globSync(join(folder, NAMES[language])));
  // Node.js is at hand wherever this program runs.
  if (language === "nodejs") found.push(process.execPath);
  return [...new Set(found.map(real))].filter((path) => path !== "").map((path) => ({ path, guess: guessVersion(language, path) }));
}

function managed(language: Language, { home, variables }: InterpreterSearch): readonly string[] {
  const asdf = variables.ASDF_DATA_DIR ?? join(home, ".asdf");
  if (language === "nodejs")
    return [
      `${variables.NVM_DIR ?? join(home, ".nvm")}/versions/node/*/bin`,
      `${variables.FNM_DIR ?? join(home, ".local/share/fnm")}/node-versions/*/installation/bin`,
      `${asdf}/installs/nodejs/*/bin`,
    ];
  return [
    `${variables.PYENV_ROOT ?? join(home, ".pyenv")}/versions/*/bin`,
    `${variables.UV_PYTHON_INSTALL_DIR ?? join(home, ".local/share/uv/python")}/*/bin`,
    `${asdf}/installs/python/*/bin`,
  ];
}

/** ".nvm/versions/node/v22.3.0/bin/node", "uv/python/cpython-3.12.7-linux…/bin/python3.12", "/usr/bin/python3.11" */
export function guessVersion(language: Language, path: string): readonly number[] | undefined {
  const folder = language === "nodejs" ? /\/v?(\d+\.\d+\.\d+)\// : /\/(?:cpython-)?(3\.\d+\.\d+)[^/]*\//;
  const inFolder = folder.exec(`${dirname(path)}/`)?.[1];
  const inName = /^python(3\.\d+)$/.exec(basename(path))?.[1];
  return (inFolder ?? inName)?.split(".").map(Number);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return ""; // a link to nowhere
  }
}

function partition<T>(all: readonly T[], is: (each: T) => boolean): [T[], T[]] {
  return [all.filter(is), all.filter((each) => !is(each))];
}
