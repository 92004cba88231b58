// The version of this package, as --version and the banner show it.

import { readFileSync } from "node:fs";
import { dataFile } from "../lib/sibling.ts";

export function packageVersion(): string {
  return (JSON.parse(readFileSync(dataFile("package.json"), "utf8")) as { version: string }).version;
}
