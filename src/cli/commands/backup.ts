// lambent backup: all rows of one moment and the blobs that they name, as a directory that `lambent restore` takes. The server may run.

import { resolve } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { totalsOf } from "../../store/backup/manifest.ts";
import { openBlobs, openRows } from "../../store/backup/places.ts";
import { explaining } from "../../store/backup/storage-failure.ts";
import { writeBackup } from "../../store/backup/write-backup.ts";
import { serverPlaceOf } from "../backup-place.ts";
import type { CliCommand } from "../command.ts";
import { interruptible } from "../interruption.ts";
import { Progress, sizeText } from "../screen.ts";
import { addSettings } from "../settings-options.ts";
import { packageVersion } from "../version.ts";

export const backup: CliCommand = {
  shape(command) {
    command.argument("<DIR>", "a directory that is not there yet, or is empty");
    addSettings(command, ["data", "store", "blobs"]);
  },

  async run(invocation) {
    const { args, options, workingDirectory, stdout } = invocation;
    const place = serverPlaceOf(invocation);
    const destination = resolve(workingDirectory, args[0]!); // commander has seen to it
    const progress = new Progress(invocation);
    const takenAtMs = systemClock.nowMs();
    const onProgress = (text: string) => progress.show(text);
    const manifest = await interruptible((signal) =>
      explaining("backup-failed", async () => {
        const blobs = await openBlobs(place);
        try {
          const rows = await openRows(place);
          return await writeBackup({ rows, blobs, destination, program: packageVersion(), takenAtMs, onProgress, signal });
        } finally {
          await blobs.close();
        }
      }),
    ).finally(() => progress.clear());
    const { takenAt, dialect, schema, lambent } = manifest;
    const totals = totalsOf(manifest);
    if (options.json) stdout.write(`${JSON.stringify({ backup: destination, takenAt, dialect, schema, lambent, ...totals })}\n`);
    else
      stdout.write(
        `Backed up ${totals.rows} rows and ${totals.blobs} blobs, ${sizeText(totals.bytes)}, to ${destination}, as of ${takenAt}.\n`,
      );
    return 0;
  },
};
