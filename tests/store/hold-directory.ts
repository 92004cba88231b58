// A process that holds a data directory until it is killed. Arguments: directory, endpoint to announce.

import { claimDirectory } from "../../src/store/data-directory.ts";

const [root = "", endpoint = ""] = process.argv.slice(2);
claimDirectory(root).announce(endpoint);
process.stdout.write("held\n");
setInterval(() => {}, 60_000);
