// Amounts of money, which here are often far below a cent, and durations as people read them.

/** "$0.000002083", "$12.35": four figures below a dollar, cents above. */
export function usdText(usd: number): string {
  if (usd === 0) return "$0";
  if (usd >= 1) return `$${usd.toFixed(2)}`;
  const figures = Math.min(12, Math.max(2, 3 - Math.floor(Math.log10(usd))));
  return `$${usd.toFixed(figures)}`;
}

/** "3.2 ms", "1.25 s" */
export function millisecondsText(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`;
  return `${ms.toFixed(ms < 100 ? 2 : 0)} ms`;
}

/** "1,234,567" */
export function countText(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}
