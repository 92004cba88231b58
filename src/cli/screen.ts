// How results and progress look: colours only where they are seen, columns that line up.

import { stripVTControlCharacters } from "node:util";
import pc from "picocolors";
import type { Environment } from "../config.ts";
import type { Context, Screen } from "./context.ts";

export type Colors = ReturnType<typeof pc.createColors>;

/** https://no-color.org: any value of NO_COLOR but "" switches colours off; FORCE_COLOR switches them on for a pipe. */
export function hasColor(screen: Screen, environment: Environment): boolean {
  if (environment.NO_COLOR) return false;
  if (environment.FORCE_COLOR) return true;
  return screen.isTTY === true && environment.TERM !== "dumb";
}

export function colorsFor(screen: Screen, environment: Environment): Colors {
  return pc.createColors(hasColor(screen, environment));
}

/** Rows under a heading, each column as wide as its widest cell. Cells may hold colours. Ends with a line end. */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  options: { readonly right?: readonly number[] } = {},
): string {
  const widths = heading.map((title, column) => rows.reduce((width, row) => Math.max(width, widthOf(row[column] ?? "")), widthOf(title)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0, options.right?.includes(column) ?? false))
      .join("  ")
      .trimEnd();
  return `${[heading, ...rows].map(line).join("\n")}\n`;
}

/** One line at a time that says what is being waited for; gone when the work is done. Silent where there is no terminal. */
export class Progress {
  readonly #screen: Screen;
  #shown = false;

  constructor(context: Pick<Context, "stderr">) {
    this.#screen = context.stderr;
  }

  show(text: string): void {
    if (this.#screen.isTTY !== true) return;
    this.#screen.write(`\r\x1b[K${text}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) this.#screen.write("\r\x1b[K");
    this.#shown = false;
  }
}

/** Bytes as people read them: "812 B", "1.4 MB". */
export function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function pad(cell: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - widthOf(cell)));
  return right ? space + cell : cell + space;
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
