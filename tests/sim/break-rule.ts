// Loaded before the program (node --import): one rule of its source is broken, as SIM_BROKEN names it, so that the simulation can be seen to find
// it. What is replaced must be there: a rule that has been rewritten needs its breach rewritten too.

import { registerHooks } from "node:module";
import { brokenRules } from "./broken-rules.ts";

const name = process.env.SIM_BROKEN;
const broken = brokenRules.find((one) => one.name === name);
if (broken === undefined) throw new Error(`SIM_BROKEN=${name} is no broken rule`);
const { file, rule, breach } = broken;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/src/${file}`)) return loaded;
    const source = String(loaded.source instanceof Uint8Array ? Buffer.from(loaded.source) : loaded.source);
    if (source.split(rule).length !== 2) throw new Error(`${file} does not hold this once: ${rule}`);
    return { ...loaded, source: source.replace(rule, breach) };
  },
});
