// How bwrap comes to run as a user other than root and still shows what only root can reach: a data directory of mode 0700, or an
// interpreter below /root. What it shows is bound together by root first, in mounts that only this sandbox's start sees.

import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SANDBOXES_MAX, uidBase } from "./uids.ts";

/** Everybody may enter it, and of the host's own no sandbox shows it. */
const MEETING_PLACE = "/tmp";
/** Binds each pair, then becomes the rest. */
const BIND = 'n=$1; shift; while [ "$n" -gt 0 ]; do mount -n --rbind "$1" "$2" || exit 1; shift 2; n=$((n-1)); done; exec "$@"';

/** The places of one sandbox's start. For an ordinary user, whose bwrap is that user, nothing is moved. */
export class BubblewrapPlaces {
  readonly #folder: string;
  readonly #uid: string | undefined;
  readonly #pairs: [from: string, to: string][] = [];

  /** `folder` is empty, everybody may enter it itself, and it is removed by the caller. */
  constructor(folder: string, id: number) {
    const base = uidBase(process.getuid?.() === 0);
    this.#folder = folder;
    this.#uid = base === undefined ? undefined : String(base + (id % SANDBOXES_MAX));
  }

  /** Where bwrap finds a file or folder of the host. */
  of(path: string): string {
    if (this.#uid === undefined) return path;
    const name = String(this.#pairs.length);
    const point = join(this.#folder, name);
    if (statSync(path).isDirectory()) mkdirSync(point);
    else writeFileSync(point, "");
    this.#pairs.push([path, point]);
    return `${MEETING_PLACE}/${name}`;
  }

  /**
   * What bwrap's command line is to be preceded by, once every place was asked for. Root's processes may not be root's inside either:
   * bubblewrap maps the user who calls it, and without any capability that one could still write what belongs to root in /proc/sys, for
   * the whole machine.
   */
  command(): string[] {
    if (this.#uid === undefined) return [];
    const pairs = [...this.#pairs, [this.#folder, MEETING_PLACE]];
    const bind = ["sh", "-c", BIND, "sh", String(pairs.length), ...pairs.flat()];
    const user = ["setpriv", "--reuid", this.#uid, "--regid", this.#uid, "--clear-groups"];
    return ["unshare", "--mount", "--propagation", "private", ...bind, ...user];
  }
}
