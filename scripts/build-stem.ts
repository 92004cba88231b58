// `npm run build` and the tests call this: builds the launcher of sandboxes and prints where it is.

import { buildStem } from "../src/sandbox/build-stem.ts";

process.stdout.write(`${await buildStem()}\n`);
