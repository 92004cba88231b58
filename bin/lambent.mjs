#!/usr/bin/env node
// The command. Plain JavaScript that old Nodes parse too, so that they get a sentence and not a syntax error. A checkout brings a newer
// Node along (scripts/run.mjs): there an old one only starts it.
import { existsSync } from "node:fs";
import module from "node:module";

var isOld = Number(process.versions.node.split(".")[0]) < 24;
var launcher = new URL("../scripts/run.mjs", import.meta.url);
var isCheckout = existsSync(launcher);
if (isOld && !isCheckout) {
  process.stderr.write(
    `lambent needs Node 24 or newer and this is Node ${process.versions.node}. Install it from https://nodejs.org and try again.\n`,
  );
  process.exit(1);
}

var built = new URL("../dist/main.js", import.meta.url);
var source = new URL("../src/main.ts", import.meta.url);
if (!isCheckout && !existsSync(built)) {
  process.stderr.write("This copy of lambent has neither dist/ nor src/. Install it again: npm install -g lambent\n");
  process.exit(1);
}
if (isOld) {
  process.argv.splice(2, 0, "src/main.ts");
  import(launcher.href);
} else {
  module.enableCompileCache(); // a start is mostly reading our own files
  import((isCheckout ? source : built).href);
}
