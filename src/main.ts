// The way in: the process's arguments and streams to the command line, its answer to the exit code.

import { processEnvironment } from "./config.ts";
import { findOwnImports } from "./lib/own-imports.ts";

// A reader that went away (`lambent logs NAME | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

findOwnImports();
const { runCommandLine } = await import("./cli/command-line.ts");
process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: processEnvironment(),
  workingDirectory: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});

// A server that could not be taken apart leaves threads and sockets, which must not keep the process. Pipes and files are written by now.
if (process.exitCode !== 0) process.exit();
