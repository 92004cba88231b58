// The server's settings as options of a command: config.ts is the table, this makes commander know it.

import type { Command } from "commander";
import { type Setting, type SettingName, type SettingValues, settings } from "../settings.ts";
import { collect, type Options } from "./command.ts";

/** All of them, or those that a command has a use for. */
export function addSettings(command: Command, names: readonly SettingName[] = Object.keys(settings) as SettingName[]): void {
  for (const name of names) addSetting(command, name);
}

function addSetting(command: Command, name: SettingName): void {
  const setting: Setting = settings[name];
  const flags = setting.value === undefined ? `--${setting.option}` : `--${setting.option} <${setting.value}>`;
  const variable = setting.isSecret ? `${setting.variable}, or a file's path in ${setting.variable}_FILE` : setting.variable;
  const help = `${setting.help} (${variable}${setting.fallback === "" ? "" : `; default ${setting.fallback}`})`;
  if (setting.repeatable) command.option(flags, help, collect);
  else command.option(flags, help);
}

/** What readConfig takes. */
export function settingValues(options: Options): SettingValues {
  const names = Object.keys(settings) as SettingName[];
  return Object.fromEntries(names.map((name) => [name, optionOf(options, name)]));
}

function optionOf(options: Options, name: SettingName): string | boolean | readonly string[] | undefined {
  const setting: Setting = settings[name];
  const key = setting.option.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  if (setting.value === undefined) return options.isOn(key);
  if (!setting.repeatable) return options.text(key);
  return options.list(key).length === 0 ? undefined : options.list(key);
}
