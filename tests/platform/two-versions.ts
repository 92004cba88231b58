// A function with two published versions, and the alias live at the first.

import { CreateAliasCommand, PublishVersionCommand, UpdateFunctionCodeCommand, waitUntilFunctionUpdatedV2 } from "@aws-sdk/client-lambda";
import { zipOf } from "../services/lambda/zip-of.ts";
import type { RunningServer } from "./running-server.ts";

/** `sources`: of the two versions, as index.mjs. */
export async function createTwoVersions({ client, create }: RunningServer, FunctionName: string, sources: readonly [string, string]) {
  const [first, second] = await Promise.all(sources.map((source) => zipOf({ "index.mjs": source })));
  await create(FunctionName, first!, { Runtime: "nodejs24.x", MemorySize: 256 });
  await client.send(new PublishVersionCommand({ FunctionName }));
  await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: second! }));
  await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { FunctionName });
  await client.send(new PublishVersionCommand({ FunctionName }));
  await client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
}
