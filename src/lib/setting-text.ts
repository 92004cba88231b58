// What a setting may come as, an option or a variable, read as one text or as several.

/** undefined: not given. An option that may be repeated comes as a list, a switch as true. */
export type SettingValue = string | boolean | readonly string[] | undefined;

export function single(value: SettingValue): string | undefined {
  if (value === undefined || value === false) return undefined;
  return value === true ? "true" : typeof value === "string" ? value : value.at(-1);
}

export function many(value: SettingValue): readonly string[] | undefined {
  if (value === undefined || typeof value === "boolean") return undefined;
  return typeof value === "string" ? splitList(value) : value.flatMap(splitList);
}

export function splitList(text: string): readonly string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

export function isOn(text: string): boolean {
  return !["", "0", "false", "no"].includes(text.toLowerCase());
}
