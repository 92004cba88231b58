// Which server's state `backup` and `restore` mean: by the same settings and variables as `lambent start`.

import { readConfig } from "../config.ts";
import type { ServerPlace } from "../store/backup/places.ts";
import type { CommandInvocation } from "./command.ts";
import { CommandFailure } from "./failure.ts";
import { settingValues } from "./settings-options.ts";

export function serverPlaceOf({ options, environment, workingDirectory }: CommandInvocation): ServerPlace {
  const { dataDirectory, storeUrl: url, blobs } = readConfig(settingValues(options), environment, workingDirectory);
  if (dataDirectory === undefined)
    throw new CommandFailure("A server with LAMBENT_MEMORY keeps nothing that could be backed up or restored.");
  return { dataDirectory, url, blobs };
}
