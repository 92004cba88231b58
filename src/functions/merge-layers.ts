// Merges unpacked layers into one tree, in order: what a later one has stands in place of what an earlier one had. Runs in the unpack worker,
// synchronously. Files are hard links to those of the layers: read only, and no second copy on disk.

import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";

export interface MergeJob {
  /** Directories of unpacked layers. */
  readonly layers: readonly string[];
  /** An existing, empty directory. */
  readonly into: string;
}

export interface MeasureJob {
  readonly tree: string;
}

export interface Measured {
  /** Of all files: what AWS counts as the unzipped size. */
  readonly unzippedBytes: number;
}

export function mergeLayers({ layers, into }: MergeJob): Measured {
  for (const layer of layers) addTree(layer, into);
  return measure({ tree: into });
}

export function measure({ tree }: MeasureJob): Measured {
  let unzippedBytes = 0;
  for (const entry of readdirSync(tree, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) unzippedBytes += lstatSync(join(entry.parentPath, entry.name)).size;
  }
  return { unzippedBytes };
}

function addTree(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, place] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      makeDirectory(place);
      addTree(source, place);
      chmodSync(place, lstatSync(source).mode & 0o777);
      continue;
    }
    rmSync(place, { recursive: true, force: true });
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), place);
    else linkOrCopy(source, place);
  }
}

// Never through a link that an earlier layer has put there.
// AWS: what it makes of a directory where an earlier layer has a file or a link is not known; here the later layer wins.
function makeDirectory(place: string): void {
  const there = lstatSync(place, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there !== undefined) rmSync(place);
  mkdirSync(place, { mode: 0o755 });
}

/** Some file systems have no hard links, or not so many of one file. */
const NO_LINK: ReadonlySet<string | undefined> = new Set(["EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

function linkOrCopy(source: string, place: string): void {
  try {
    linkSync(source, place);
  } catch (error) {
    if (!NO_LINK.has((error as NodeJS.ErrnoException).code)) throw error;
    copyFileSync(source, place, constants.COPYFILE_FICLONE);
  }
}
