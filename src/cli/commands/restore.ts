// lambent restore: makes a data directory, or fills an empty PostgreSQL database, from a backup of either.

import { resolve } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { type Manifest, totalsOf } from "../../store/backup/manifest.ts";
import { openTarget, type ServerPlace } from "../../store/backup/places.ts";
import { type CheckWork, checkBackup, restoreBackup } from "../../store/backup/restore-backup.ts";
import { explaining } from "../../store/backup/storage-failure.ts";
import { serverPlaceOf } from "../backup-place.ts";
import type { CliCommand, CommandInvocation } from "../command.ts";
import { interruptible } from "../interruption.ts";
import { Progress, sizeText } from "../screen.ts";
import { addSettings } from "../settings-options.ts";
import { packageVersion } from "../version.ts";

export const restore: CliCommand = {
  shape(command) {
    command.argument("<BACKUP>", "what `lambent backup` has made");
    command.option("--check", "only read all of it and say whether it is good");
    addSettings(command, ["data", "store", "blobs"]);
  },

  async run(invocation) {
    const { args, options, workingDirectory } = invocation;
    const progress = new Progress(invocation);
    const work = {
      backup: resolve(workingDirectory, args[0]!), // commander has seen to it
      program: packageVersion(),
      onProgress: (text: string) => progress.show(text),
    };
    const place = options.isOn("check") ? undefined : serverPlaceOf(invocation);
    const manifest = await interruptible((signal) => explaining("restore-failed", () => perform({ ...work, signal }, place))).finally(() =>
      progress.clear(),
    );
    tell(invocation, { backup: work.backup, manifest, place });
    return 0;
  },
};

/** Without a place the backup is only read. */
function perform(work: CheckWork, place: ServerPlace | undefined): Promise<Manifest> {
  if (place === undefined) return checkBackup(work);
  const target = { ...place, program: work.program, clock: systemClock };
  return restoreBackup({ ...work, open: (schema) => openTarget(target, schema) });
}

interface Restored {
  readonly backup: string;
  readonly manifest: Manifest;
  readonly place: ServerPlace | undefined;
}

function tell({ options, stdout }: CommandInvocation, { backup, manifest, place }: Restored): void {
  const { takenAt, dialect, schema, lambent } = manifest;
  const totals = totalsOf(manifest);
  const restoredTo = place && (place.url === undefined ? place.dataDirectory : "the database");
  const facts = { backup, takenAt, dialect, schema, lambent, ...totals, ...(restoredTo !== undefined && { restoredTo }) };
  if (options.json) {
    stdout.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  const what = `${totals.rows} rows and ${totals.blobs} blobs, ${sizeText(totals.bytes)}, as of ${takenAt}`;
  stdout.write(restoredTo === undefined ? `${backup} is good: ${what}.\n` : `Restored ${what}, to ${restoredTo}.\n`);
}
