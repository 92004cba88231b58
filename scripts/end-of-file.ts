// Loaded into the process of each test file: when its tests have ended and something that one of them left open keeps it alive, it ends all the
// same, as a failure. (node:test's own --test-force-exit ends at once, and what the file has not written by then is lost.)

import { after } from "node:test";

const PATIENCE_MS = 10_000;

after(() => {
  setTimeout(() => {
    process.stderr.write(`${process.argv[1]} goes on after its tests: something was left open.\n`);
    process.exit(1);
  }, PATIENCE_MS).unref();
});
