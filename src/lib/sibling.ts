// Finds worker entries and data files next to our own code, in the source tree (.ts) and in the built package (dist/*.js) alike.
// Node refuses to strip types below node_modules, and tsc does not rewrite `new URL("./w.ts")`: so nobody else writes such a URL.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);
const extension = here.endsWith(".ts") ? ".ts" : ".js";
const sourceRoot = dirname(dirname(here));

/** The root of the package: where package.json, models/, guest/ and native/ stand. */
export const packageRoot = dirname(sourceRoot);

/** The file of a module of ours, named without its extension and relative to src/, e.g. "store-worker". */
export function moduleFile(name: string): string {
  return join(sourceRoot, `${name}${extension}`);
}

/** A data file that the package ships, relative to its root, e.g. "models/lambda.json". */
export function dataFile(name: string): string {
  return join(packageRoot, name);
}

/** True in a checkout, where sources and the cargo workspace are at hand; false in an installed package. */
export const isCheckout = extension === ".ts" && existsSync(join(packageRoot, "package-lock.json"));
