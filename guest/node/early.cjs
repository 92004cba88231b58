// Waits for the line that says which function this process is for, and becomes that function's process.

"use strict";

const fs = require("node:fs");
const { Module } = require("node:module");

/** Reads {variables, cwd} from fd 0. End of file without a line: nobody needs this process any more. */
function readLine() {
  const chunks = [];
  const chunk = Buffer.allocUnsafe(65_536);
  for (;;) {
    const bytes = read(chunk);
    if (bytes === 0) process.exit(0);
    chunks.push(Buffer.from(chunk.subarray(0, bytes)));
    if (chunk[bytes - 1] === 10) return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  }
}

function read(chunk) {
  try {
    return fs.readSync(0, chunk);
  } catch (error) {
    if (error.code === "EOF") return 0;
    throw error;
  }
}

/** From here on the process looks as if it had been started with these variables: TZ and NODE_PATH need a push. */
function begin() {
  const { variables, cwd } = readLine();
  closeInput();
  process.argv.splice(2, 1);
  for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
  // One by one on the real object: that reaches the C library's environment, so native code and TZ see them too.
  for (const [name, value] of Object.entries(variables)) process.env[name] = value;
  process.chdir(cwd);
  Module._initPaths(); // reads NODE_PATH again; CommonJS resolution has no public way
}

function closeInput() {
  fs.closeSync(0);
  fs.openSync("/dev/null", "r"); // the lowest free descriptor: 0
}

module.exports = { begin };
