// lambent keys: who may call a server that runs with --auth enforce.

import { Argument } from "commander";
import type { AccessKey } from "../../access/keys.ts";
import { addConnectionOptions, type CliCommand, type CommandInvocation, UsageError } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import { type KeyChain, openKeyChain } from "../key-chain.ts";
import { colorsFor, table } from "../screen.ts";

const ACTIONS = { create, list, delete: remove } as const;

export const keys: CliCommand = {
  shape(command) {
    command.addArgument(new Argument("<ACTION>").choices(Object.keys(ACTIONS)));
    command.argument("[ACCESS_KEY_ID]", "the key to delete");
    command.option("--account <ID>", "account of the new key, 12 digits", "000000000000");
    command.option("--user <NAME>", "user of the new key (default: the account's root)");
    command.option("--description <TEXT>", "a note kept with the key");
    command.option("--data <DIR>", "the server's data directory (default: of the one that answers, else .lambent)");
    addConnectionOptions(command);
  },

  async run(invocation) {
    const chain = await openKeyChain(invocation);
    try {
      await ACTIONS[invocation.args[0] as keyof typeof ACTIONS](chain, invocation);
      return 0;
    } finally {
      await chain.close();
    }
  },
};

async function create(chain: KeyChain, { options, stdout, stderr }: CommandInvocation): Promise<void> {
  const account = options.text("account") ?? "";
  if (!/^\d{12}$/.test(account)) throw new UsageError(`--account takes 12 digits, not '${account}'.`);
  const [user, description] = [options.text("user"), options.text("description")];
  const key = await chain.create({ account, ...(user && { user }), ...(description && { description }) });
  if (options.json) {
    stdout.write(`${JSON.stringify(key)}\n`);
    return;
  }
  stdout.write(`export AWS_ACCESS_KEY_ID=${key.accessKeyId}\nexport AWS_SECRET_ACCESS_KEY=${key.secretAccessKey}\n`);
  stderr.write(`Made for ${key.principalArn} in ${chain.where}. The secret is shown this once.\n`);
}

async function list(chain: KeyChain, { options, environment, stdout, stderr }: CommandInvocation): Promise<void> {
  const all = await chain.list();
  if (options.json) stdout.write(`${JSON.stringify(all)}\n`);
  else if (all.length === 0) stderr.write(`There is no key in ${chain.where}. \`lambent keys create\` makes one.\n`);
  else stdout.write(table(["KEY", "PRINCIPAL", "CREATED", "DESCRIPTION"].map(colorsFor(stdout, environment).dim), all.map(row)));
}

async function remove(chain: KeyChain, { args, options, stdout }: CommandInvocation): Promise<void> {
  const accessKeyId = args[1];
  if (accessKeyId === undefined) throw new UsageError("Say which key: lambent keys delete ACCESS_KEY_ID.");
  if (!(await chain.delete(accessKeyId))) throw new CommandFailure(`There is no key ${accessKeyId} in ${chain.where}.`);
  stdout.write(options.json ? `${JSON.stringify({ deleted: accessKeyId })}\n` : `Deleted ${accessKeyId}.\n`);
}

function row(key: AccessKey): readonly string[] {
  return [key.accessKeyId, key.principalArn, new Date(key.createdAtMs).toISOString().slice(0, 19).replace("T", " "), key.description];
}
