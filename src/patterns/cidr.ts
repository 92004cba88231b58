// { "cidr": "10.0.0.0/24" }: addresses of a network, of version 4 or 6.

import { BlockList, isIP } from "node:net";
import { PatternError } from "./pattern-error.ts";
import { type CompileTest, onText, textOf } from "./test-value.ts";

export const cidr: CompileTest = (operand) => {
  const [address = "", mask, more] = textOf(operand, "prefix match pattern must be a string").split("/"); // AWS's text says prefix
  if (mask === undefined || more !== undefined) throw new PatternError("Malformed CIDR, one '/' required");
  if (!/^[+-]?\d{1,9}$/.test(mask)) throw new PatternError("Malformed CIDR, mask bits must be an integer");
  const bits = Number(mask);
  if (bits < 0) throw new PatternError("Malformed CIDR, mask bits must not be negative");
  const version = isIP(address);
  if (version === 0) throw new PatternError(`Nonstandard IP address: ${address}`);
  const bitsMax = version === 4 ? 32 : 128;
  if (bits > bitsMax) throw new PatternError(`IPv${version} mask bits must be <= ${bitsMax}`);
  const network = new BlockList();
  const family = version === 4 ? "ipv4" : "ipv6";
  network.addSubnet(address, bits, family);
  return onText((value) => isIP(value) === version && network.check(value, family));
};
