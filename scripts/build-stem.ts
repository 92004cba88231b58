// Builds the launcher of sandboxes, for the scripts; run by itself it prints where the launcher is.

import { buildStem } from "../src/sandbox/build-stem.ts";

export { buildStem };

if (import.meta.main) process.stdout.write(`${await buildStem()}\n`);
