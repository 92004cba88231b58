#!/usr/bin/env node
// The published command. Plain JavaScript that old Nodes parse too, so that they get a sentence and not a syntax error.
import { existsSync } from "node:fs";
import module from "node:module";

var major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `lambent needs Node 24 or newer and this is Node ${process.versions.node}. Install it from https://nodejs.org and try again.\n`,
  );
  process.exit(1);
}

var built = new URL("../dist/main.js", import.meta.url);
var source = new URL("../src/main.ts", import.meta.url);
var isCheckout = existsSync(source);
if (!isCheckout && !existsSync(built)) {
  process.stderr.write("This copy of lambent has neither dist/ nor src/. Install it again: npm install -g lambent\n");
  process.exit(1);
}
module.enableCompileCache(); // a start is mostly reading our own files
import((isCheckout ? source : built).href);
