// npm run demo: builds the examples, starts lambent on a free port, deploys, invokes, prints what it took and cost, moves an alias from Node to
// Rust with proof before, and cleans up. The last line is the money saved.
// Ends with 1 if a row failed. `-- --keep` leaves the server running until Ctrl-C; `--quick` compiles quickly, for figures that nobody looks at.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { AwsClient } from "../src/cli/aws-client.ts";
import { table } from "../src/cli/screen.ts";
import { buildStem } from "../src/sandbox/build-stem.ts";
import { buildFunctions, type CargoProfile } from "./build-functions.ts";
import { moneyTour } from "./demo/money-tour.ts";
import { queueTour } from "./demo/queue-tour.ts";
import { type SmtpServer, startSmtpServer } from "./demo/smtp-server.ts";
import { streamTour } from "./demo/stream-tour.ts";
import { demoPackages, deployAll, type Row, rustPackage, tour } from "./demo/tour.ts";
import { webTour } from "./demo/web-tour.ts";
import { type LambentProcess, startLambent } from "./lambent-process.ts";
import { webAdapter } from "./web-adapter.ts";

const say = (text: string) => process.stdout.write(text);

process.exitCode = await main({ isKept: process.argv.includes("--keep"), profile: process.argv.includes("--quick") ? "quick" : "release" });

async function main({ isKept, profile }: { isKept: boolean; profile: CargoProfile }): Promise<number> {
  say("Building the examples, the launcher and, once, the AWS Lambda Web Adapter …\n");
  const binaries = await buildFunctions(profile);
  const adapter = await webAdapter(profile);
  const isIsolated = await buildStem().then(
    () => true,
    (error: Error) => void say(pc.yellow(`${error.message}\n`)),
  );
  const data = await mkdtemp(join(tmpdir(), "lambent-demo-"));
  const smtp = await startSmtpServer();
  const lambent = await startSomehow(["--data", data, "--expose", `mail=127.0.0.1:${smtp.port}`], isIsolated === true);
  try {
    const client = new AwsClient({ endpoint: lambent.endpoint, region: "us-east-1", accessKeyId: "test", secretAccessKey: "test" });
    const web = { server: binaries["rust-web"]!, adapter };
    const rows = [
      ...(await rowsOf(client, binaries["rust-hello"]!)),
      ...(await streamRows(client, binaries["rust-stream"]!)),
      ...(await webTour(client, web)),
      ...(await queueTour(client, { binary: binaries["rust-mailer"]!, smtp, ...mailHost(lambent, smtp) })),
    ];
    say(rendered(rows));
    const isCheaper = await money(client, lambent, binaries["rust-hello"]!);
    if (isKept) await keep(lambent);
    return isCheaper && rows.every((row) => row.fault === undefined) ? 0 : 1;
  } finally {
    const code = await lambent.stop();
    if (code !== 0) say(pc.red(`lambent ended with ${code}:\n${lambent.said()}`));
    smtp.close();
    await rm(data, { recursive: true, force: true });
  }
}

/** Isolation by the launcher, else without it: a demo may, a server never chooses that by itself on Linux. */
async function startSomehow(given: readonly string[], isIsolated: boolean): Promise<LambentProcess> {
  const attempt = (args: readonly string[]) => startLambent({ args: [...given, ...args] });
  const lambent = isIsolated
    ? await attempt([]).catch((error: Error) => {
        say(pc.yellow(`${error.message}\n`));
        return attempt(["--sandbox", "process"]);
      })
    : await attempt(["--sandbox", "process"]);
  say(
    `${pc.bold("lambent")} at ${lambent.endpoint}, up in ${lambent.startMs.toFixed(0)} ms\n${lambent.notes.map((note) => `  ${note}\n`).join("")}\n`,
  );
  return lambent;
}

async function rowsOf(client: AwsClient, rustBinary: string): Promise<readonly Row[]> {
  const packages = await demoPackages(rustBinary);
  await deployAll(client, packages);
  const rows: Row[] = [];
  for (const { name } of packages) rows.push(...(await tour(client, name)));
  return rows;
}

/** Shadows need a sandbox that keeps functions from the network. */
async function money(client: AwsClient, { endpoint, notes }: LambentProcess, rustBinary: string): Promise<boolean> {
  if (notes[0]?.startsWith("process")) return true;
  const [rust, node] = await demoPackages(rustBinary);
  return moneyTour({ client, endpoint, node: node!, rust: rust!, say });
}

/** Inside a sandbox this machine is reached by the name that was exposed. */
function mailHost({ notes }: LambentProcess, { port: smtpPort }: SmtpServer) {
  return { smtpPort, smtpHost: notes[0]?.startsWith("process") ? "127.0.0.1" : "mail.lambent.internal" };
}

async function streamRows(client: AwsClient, binary: string): Promise<readonly Row[]> {
  const streaming = await rustPackage("rust-stream", binary);
  await deployAll(client, [streaming]);
  return streamTour(client, streaming.name);
}

function rendered(rows: readonly Row[]): string {
  const heading = ["", "TRIGGER", "FUNCTION", "CASE", "ROUND TRIP", "INIT", "DURATION", "BILLED", "MEMORY", "USD / MILLION"];
  const cells = rows.map((row) => [
    row.fault === undefined ? pc.green("✓") : pc.red("✗"),
    row.trigger,
    row.name,
    row.what,
    `${row.tookMs.toFixed(2)} ms`,
    row.initMs === undefined ? "" : `${row.initMs.toFixed(2)} ms`,
    `${row.durationMs.toFixed(2)} ms`,
    `${row.billedMs} ms`,
    `${row.memoryMbMax} MB`,
    row.usdPerMillion.toFixed(2),
  ]);
  const faults = rows.filter((row) => row.fault !== undefined).map((row) => pc.red(`✗ ${row.name}, ${row.what}: ${row.fault}\n`));
  return `${table(heading.map(pc.dim), cells, { right: [4, 5, 6, 7, 8, 9] })}\n${faults.join("")}`;
}

async function keep(lambent: LambentProcess): Promise<void> {
  say(
    `Still running: ${pc.bold(lambent.endpoint)}  (eval "$(npm run --silent lambent -- env --endpoint-url ${lambent.endpoint})"), Ctrl-C ends it.\n`,
  );
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  await Promise.race([promise, lambent.ended]);
}
