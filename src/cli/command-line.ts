// From arguments to one command's run and its exit code: 0 done, 1 failed, 2 wrong use. The commands themselves are in commands.ts.

import { Command, CommanderError } from "commander";
import { type CliCommand, Options } from "./command.ts";
import { commands } from "./commands.ts";
import type { Context } from "./context.ts";
import { failureOf, renderFailure } from "./failure.ts";
import { hasColor } from "./screen.ts";
import { packageVersion } from "./version.ts";

const USAGE = 2;

/** Runs one command; never throws. */
export async function runCommandLine(argv: readonly string[], context: Context): Promise<number> {
  try {
    return await parseAndRun(argv.length === 0 ? ["--help"] : argv, context);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    const failure = failureOf(error);
    context.stderr.write(renderFailure(failure, { json: argv.includes("--json"), color: hasColor(context.stderr, context.environment) }));
    return failure.exitCode;
  }
}

async function parseAndRun(argv: readonly string[], context: Context): Promise<number> {
  let exitCode = 0;
  const program = programOf(context, await chosenCommand(argv), async (run) => {
    exitCode = await run();
  });
  await program.parseAsync([...argv], { from: "user" });
  return exitCode;
}

interface Chosen {
  readonly name: string;
  readonly command: CliCommand;
}

/** Only the command that is asked for is loaded. The program has no options that take a value before the command's name. */
async function chosenCommand(argv: readonly string[]): Promise<Chosen | undefined> {
  const words = argv.filter((word) => !word.startsWith("-"));
  const name = words[0] === "help" ? words[1] : words[0];
  const entry = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  return name && entry ? { name, command: await entry.load() } : undefined;
}

function programOf(context: Context, chosen: Chosen | undefined, act: (run: () => Promise<number>) => Promise<void>): Command {
  const program = new Command("lambent")
    .description("AWS Lambda that you own: runs unchanged Lambda functions on this machine.")
    .version(packageVersion(), "-V, --version")
    .showHelpAfterError("Add --help to see what it takes.")
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.stdout.write(text), writeErr: (text) => context.stderr.write(text) });
  for (const [name, { summary }] of Object.entries(commands)) {
    const command = program
      .command(name)
      .summary(summary)
      .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`);
    if (name !== chosen?.name) continue;
    chosen.command.shape(command);
    command.option("--json", "answer in JSON");
    command.action(() => act(() => chosen.command.run({ ...context, args: command.args, options: new Options(command.opts()) })));
  }
  return program;
}
