// What the demo shows of money: the same function in Node, Python and Rust, compared; real events shadowed; an alias promoted from Node to Rust.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateAliasCommand, LambdaClient, PublishVersionCommand } from "@aws-sdk/client-lambda";
import type { AwsClient } from "../../src/cli/aws-client.ts";
import { runCommandLine } from "../../src/cli/command-line.ts";
import type { FunctionPackage } from "../../src/cli/project/function-package.ts";
import { root } from "../command.ts";
import { deployAll } from "./tour.ts";

const NAME = "orders";
const EVENTS = 20;

export interface MoneyParts {
  readonly client: AwsClient;
  readonly endpoint: string;
  readonly node: FunctionPackage;
  readonly rust: FunctionPackage;
  readonly say: (text: string) => void;
}

/** False where a command failed, or answers differ. The last line says what Rust saves. */
export async function moneyTour({ client, endpoint, node, rust, say }: MoneyParts): Promise<boolean> {
  const event = await readFile(join(root, "examples/node-hello/order.json"), "utf8");
  const run = async (...argv: readonly string[]) => {
    say(`\n$ lambent ${argv.map((word) => (/^[\w:%@./-]+$/.test(word) ? word : "…")).join(" ")}\n`);
    return (await runCommandLine([...argv, "--endpoint-url", endpoint], contextOf())) === 0;
  };
  const sdk = new LambdaClient({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  try {
    const publish = () => sdk.send(new PublishVersionCommand({ FunctionName: NAME }));
    await deployAll(client, [{ ...node, name: NAME }]);
    await publish();
    await sdk.send(new CreateAliasCommand({ FunctionName: NAME, Name: "live", FunctionVersion: "1" }));
    const call = () => client.invoke(NAME, Buffer.from(event), { qualifier: "live", tail: false });

    const isShadowed = await run("shadow", `${NAME}:live`, "--candidate", rust.name, "--guard", "isolated");
    for (let left = EVENTS; left > 0; left--) await call();
    await untilCompared(endpoint);
    const isTold = await run("shadow", `${NAME}:live`);

    await deployAll(client, [{ ...rust, name: NAME }]);
    await publish();
    const traffic = setInterval(() => void call().catch(() => {}), 50);
    const isPromoted = await run(
      "promote",
      NAME,
      "--alias",
      "live",
      "--to",
      "2",
      "--steps",
      "canary:50%:1s",
      "--max-slower",
      "50",
      "--wait",
    ).finally(() => clearInterval(traffic));
    const isCompared = await run(
      "compare",
      node.name,
      "python-hello",
      rust.name,
      "--payload",
      event,
      "--cold",
      "3",
      "--warm",
      "50",
      "--monthly",
      "1000000000",
    );
    return isShadowed && isTold && isPromoted && isCompared;
  } finally {
    sdk.destroy();
  }
}

/** Copies run after their callers were answered. */
async function untilCompared(endpoint: string): Promise<void> {
  const path = `/_lambent/shadow?account=000000000000&name=${NAME}:live`;
  for (const until = Date.now() + 10_000; Date.now() < until; ) {
    const { shadows } = (await (await fetch(endpoint + path)).json()) as { shadows: { report: { compared: number; failed: number } }[] };
    const { compared = 0, failed = 0 } = shadows[0]?.report ?? {};
    if (compared + failed >= EVENTS) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function contextOf() {
  const { stdin, stdout, stderr, env: environment } = process;
  return {
    environment: { ...environment, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: "us-east-1" },
    workingDirectory: root,
    stdin,
    stdout,
    stderr,
  };
}
