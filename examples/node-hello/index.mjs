// Quotes an order: net price, discount, tax and total in cents. The same function as rust-hello and python-hello, answer for answer.

import { setTimeout as sleep } from "node:timers/promises";

const TAX_PERCENT = new Map([
  ["AT", 20],
  ["CH", 8],
  ["DE", 19],
  ["FR", 20],
]);

export async function handler(order) {
  if (order.delayMs > 0) await sleep(order.delayMs); // stands for a slow tax service
  const quoted = quote(order);
  console.log(`quoted ${quoted.pieces} pieces for ${quoted.country}`);
  return quoted;
}

function quote({ country, items }) {
  const percent = TAX_PERCENT.get(country);
  if (percent === undefined) throw new Error(`no tax rate for ${country}`);
  const pieces = sum(items.map((item) => item.quantity));
  const netCents = sum(items.map((item) => item.quantity * item.unitCents));
  const discountCents = pieces >= 10 ? share(netCents, 5) : 0;
  const taxCents = share(netCents - discountCents, percent);
  return { country, pieces, netCents, discountCents, taxCents, totalCents: netCents - discountCents + taxCents };
}

/** Rounded half up, in whole cents. */
function share(cents, percent) {
  return Math.floor((cents * percent + 50) / 100);
}

function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0);
}
