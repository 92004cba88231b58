// What happens to processes and folders of the `process` driver when the server is killed: a shell that outlives it learns so from the
// end of a pipe, kills and removes. Namespaces do the same for the other drivers. What left its process group is not found.

import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";

/** Reads "+ITEM" and "-ITEM"; an item is a process group's number or an absolute path. Stopped processes die of SIGKILL too. */
const SCRIPT = `IFS='
'
while read -r line; do
  item=\${line#?}
  case $line in
    +*) items="$items$IFS$item" ;;
    -*) rest=
      for one in $items; do [ "$one" = "$item" ] || rest="$rest$IFS$one"; done
      items=$rest ;;
  esac
done
for one in $items; do case $one in /*) ;; *) kill -s KILL -- "-$one" ;; esac; done
for one in $items; do case $one in /*) rm -rf -- "$one" ;; esac; done`;

export class LastWill {
  #shell: ChildProcess | undefined;

  /** To be ended, if we are: a process group, or a folder. */
  add(item: number | string): void {
    this.#tell(`+${item}`);
  }

  remove(item: number | string): void {
    this.#tell(`-${item}`);
  }

  /** After this the shell ends with whatever is still named. */
  close(): void {
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }

  #tell(line: string): void {
    this.#shell ??= startShell();
    this.#shell.stdin!.write(`${line}\n`);
  }
}

/** In a session of its own, so that Ctrl-C does not end it with us. It does not keep us alive. */
function startShell(): ChildProcess {
  const shell = spawn("/bin/sh", ["-c", SCRIPT], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  shell.on("error", () => {}); // no shell, no will: nothing else depends on it
  shell.stdin!.on("error", () => {});
  (shell.stdin as Socket).unref();
  shell.unref();
  return shell;
}
