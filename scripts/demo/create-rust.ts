// Creates one of the demo's Rust functions through the SDK, and waits until it can be invoked.

import { CreateFunctionCommand, type LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import type { FunctionPackage } from "../../src/cli/project/function-package.ts";

export async function createRust(
  client: LambdaClient,
  { name, zip, handler }: FunctionPackage,
  wishes: { readonly variables: Readonly<Record<string, string>>; readonly timeoutS: number; readonly layers?: string[] },
): Promise<void> {
  await client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: "provided.al2023",
      Handler: handler,
      Role: "arn:aws:iam::000000000000:role/demo",
      Code: { ZipFile: zip },
      Environment: { Variables: wishes.variables },
      Timeout: wishes.timeoutS,
      Layers: wishes.layers,
    }),
  );
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 30 }, { FunctionName: name });
}
