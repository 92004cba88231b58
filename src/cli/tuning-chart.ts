// The chart of a tuning: bars in the terminal, or two curves as SVG.

import { millisecondsText, usdText } from "./money.ts";
import type { Tried } from "./tuning.ts";

const BAR_WIDTH = 28;
const WIDTH = 720;
const HEIGHT = 360;
const MARGIN = 70;

export function bars(tried: readonly Tried[]): string {
  const [ms, usd] = [Math.max(...tried.map(({ meanMs }) => meanMs)), Math.max(...tried.map(({ usdPerMillion }) => usdPerMillion))];
  const bar = (value: number, max: number) => "█".repeat(Math.max(1, Math.round((value / max) * BAR_WIDTH))).padEnd(BAR_WIDTH);
  return tried
    .map((one) => `${`${one.memoryMb} MB`.padStart(8)}  time ${bar(one.meanMs, ms)}  cost ${bar(one.usdPerMillion, usd).trimEnd()}\n`)
    .join("");
}

/** A picture of its own, that a page can hold too. `title` is text. */
export function svgChart(title: string, tried: readonly Tried[]): string {
  const x = (at: number) => MARGIN + (at * (WIDTH - 2 * MARGIN)) / Math.max(1, tried.length - 1);
  const curve = (values: readonly number[], color: string, label: (value: number) => string) => {
    const max = Math.max(...values);
    const y = (value: number) => HEIGHT - MARGIN - (value / max) * (HEIGHT - 2 * MARGIN);
    const points = values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const texts = values.map((value, at) => text(x(at), y(value) - 8, label(value), color)).join("");
    return `<polyline fill="none" stroke="${color}" stroke-width="2" points="${points}"/>${texts}`;
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    text(WIDTH / 2, 24, title, "black"),
    text(MARGIN, 44, "time of one call", "#c0392b"),
    text(WIDTH - MARGIN, 44, "cost of a million", "#1f6fb2"),
    curve(
      tried.map(({ meanMs }) => meanMs),
      "#c0392b",
      millisecondsText,
    ),
    curve(
      tried.map(({ usdPerMillion }) => usdPerMillion),
      "#1f6fb2",
      usdText,
    ),
    ...tried.map(({ memoryMb }, at) => text(x(at), HEIGHT - MARGIN + 24, `${memoryMb} MB`, "black")),
    "</svg>\n",
  ].join("\n");
}

export function htmlPage(title: string, svg: string): string {
  return `<!doctype html>\n<meta charset="utf-8">\n<title>${escaped(title)}</title>\n${svg}`;
}

function text(x: number, y: number, content: string, color: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="middle" fill="${color}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
