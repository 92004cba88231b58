// The chart of a tuning: bars in the terminal, or two curves as SVG, with how far each time may be off.

import { millisecondsText, usdText } from "./money.ts";
import type { Tried } from "./tuning.ts";

const BAR_WIDTH = 28;
const [WIDTH, HEIGHT] = [760, 420];
/** Of the plot inside the picture. */
const [LEFT, RIGHT, TOP, BOTTOM] = [60, 60, 84, 56];
const GRID_LINES = 4;
const [TIME_COLOR, COST_COLOR] = ["#c0392b", "#1f6fb2"];
const CAP = 4;

/** What a picture shows of one memory size. */
export interface Drawn extends Tried {
  /** Half the width of the interval in which the mean lies. undefined: not known. */
  readonly marginMs?: number | undefined;
}

export function bars(tried: readonly Tried[]): string {
  const [ms, usd] = [Math.max(...tried.map(({ meanMs }) => meanMs)), Math.max(...tried.map(({ usdPerMillion }) => usdPerMillion))];
  const bar = (value: number, max: number) => "█".repeat(Math.max(1, Math.round((value / max) * BAR_WIDTH))).padEnd(BAR_WIDTH);
  return tried
    .map((one) => `${`${one.memoryMb} MB`.padStart(8)}  time ${bar(one.meanMs, ms)}  cost ${bar(one.usdPerMillion, usd).trimEnd()}\n`)
    .join("");
}

/** A picture of its own, that a page can hold too. `title` is text. Both curves begin at zero; each has a scale of its own, and its values beside it. */
export function svgChart(title: string, tried: readonly Drawn[]): string {
  const heading = `${title}: time and cost by memory`;
  const x = places(tried.length);
  const timeY = scale(Math.max(...tried.map(({ meanMs, marginMs = 0 }) => meanMs + marginMs)));
  const costY = scale(Math.max(...tried.map(({ usdPerMillion }) => usdPerMillion)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(heading)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    text(LEFT, 26, heading, { color: "#222", anchor: "start", size: 16 }),
    legend(),
    grid(),
    ...tried.map(({ memoryMb }, at) => text(x(at), HEIGHT - BOTTOM + 22, `${memoryMb} MB`, { color: "#222" })),
    ...tried.map(({ meanMs, marginMs = 0 }, at) => errorBar(x(at), timeY(meanMs - marginMs), timeY(meanMs + marginMs))),
    curve(
      tried.map(({ meanMs, marginMs = 0 }, at) => ({
        ...{ x: x(at), y: timeY(meanMs), label: millisecondsText(meanMs) },
        top: timeY(meanMs + marginMs),
      })),
      TIME_COLOR,
    ),
    curve(
      tried.map(({ usdPerMillion: usd }, at) => ({ x: x(at), y: costY(usd), top: costY(usd), label: usdText(usd) })),
      COST_COLOR,
    ),
    "</svg>\n",
  ].join("\n");
}

export function htmlPage(title: string, svg: string): string {
  const style = "body { margin: 2rem auto; max-width: 60rem; }";
  const head = `<meta charset="utf-8">\n<title>${escaped(title)}</title>\n<style>${style}</style>`;
  return `<!doctype html>\n<html lang="en">\n${head}\n${svg}</html>\n`;
}

/** One alone stands in the middle. */
function places(count: number): (at: number) => number {
  const width = WIDTH - LEFT - RIGHT;
  return (at) => (count === 1 ? LEFT + width / 2 : LEFT + (at * width) / (count - 1));
}

function scale(max: number): (value: number) => number {
  return (value) => HEIGHT - BOTTOM - (Math.max(0, value) / (max || 1)) * (HEIGHT - TOP - BOTTOM);
}

function legend(): string {
  const key = (x: number, color: string, label: string) =>
    `<circle cx="${x}" cy="46" r="4" fill="${color}"/>${text(x + 10, 50, label, { color, anchor: "start" })}`;
  return `${key(LEFT + 4, TIME_COLOR, "time of one warm call, and the 95 % interval of its mean")}${key(LEFT + 364, COST_COLOR, "cost of a million calls")}`;
}

function grid(): string {
  const lines = Array.from({ length: GRID_LINES + 1 }, (_, at) => {
    const y = TOP + (at * (HEIGHT - TOP - BOTTOM)) / GRID_LINES;
    return `M${LEFT - 30} ${y.toFixed(1)}H${WIDTH - RIGHT + 30}`;
  });
  return `<path d="${lines.join("")}" stroke="#e4e4e4"/>`;
}

function errorBar(x: number, low: number, high: number): string {
  if (low - high < 1) return "";
  const [left, right] = [(x - CAP).toFixed(1), (x + CAP).toFixed(1)];
  const d = `M${left} ${high.toFixed(1)}H${right}M${left} ${low.toFixed(1)}H${right}M${x.toFixed(1)} ${high.toFixed(1)}V${low.toFixed(1)}`;
  return `<path d="${d}" stroke="${TIME_COLOR}" stroke-opacity="0.5"/>`;
}

interface Point {
  readonly x: number;
  readonly y: number;
  /** Above it is room for the label. */
  readonly top: number;
  readonly label: string;
}

function curve(points: readonly Point[], color: string): string {
  const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const dots = points.map(({ x, y }) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4" fill="${color}"/>`);
  const labels = points.map(({ x, top, label }) => text(x, top - 10, label, { color }));
  return `<polyline fill="none" stroke="${color}" stroke-width="2" points="${line}"/>${dots.join("")}${labels.join("")}`;
}

interface Look {
  readonly color: string;
  readonly anchor?: "start" | "middle";
  readonly size?: number;
}

/** With a white rim, so that lines do not cross it out. */
function text(x: number, y: number, content: string, { color, anchor = "middle", size = 12 }: Look): string {
  const rim = 'stroke="white" stroke-width="4" paint-order="stroke"';
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}" fill="${color}" ${rim}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
