// Loaded into the process of each test file: one that goes on for longer than any file may, because something that a test left open keeps it
// alive, ends all the same, as a failure. (node:test's own --test-force-exit ends at once, and what the file has not written by then is lost.)

/** The long forms of some suites (npm run test:crash) ask for more. */
const MINUTES_MAX = Number(process.env.TEST_FILE_MINUTES ?? 8);

setTimeout(() => {
  process.stderr.write(`${process.argv[1]} goes on after ${MINUTES_MAX} minutes: it hangs, or its tests left something open.\n`);
  process.exit(1);
}, MINUTES_MAX * 60_000).unref();
