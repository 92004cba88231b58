// The way from a sandbox to the internet: slirp4netns, a network stack in user space, and the ranges that it must not lead to.

import { closeSync, openSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { isExecutable } from "../lib/executable.ts";
import type { Outbound } from "./shape-spec.ts";

const PLACES = ["/usr/bin/slirp4netns", "/usr/local/bin/slirp4netns", "/bin/slirp4netns"];
/** RFC 2544's range for benchmarks: nobody's network, so that every private range can be blocked without blocking the way out itself. */
const NETWORK = "198.18.53.0/24";
const NAME_SERVER = "198.18.53.3";

const PRIVATE = [
  { address: "10.0.0.1", mask: "255.0.0.0" },
  { address: "100.64.0.1", mask: "255.192.0.0" },
  { address: "172.16.0.1", mask: "255.240.0.0" },
  { address: "192.168.0.1", mask: "255.255.0.0" },
];

/** Either the way out, or the sentence why there is none here. */
export type OutboundProbe = { readonly outbound: Outbound } | { readonly because: string };

export function probeOutbound(allowPrivateNetworks: boolean): OutboundProbe {
  const program = PLACES.find(isExecutable);
  if (program === undefined) return { because: "slirp4netns is not installed (apt-get install slirp4netns)" };
  if (!canOpenTun()) return { because: "/dev/net/tun cannot be opened by this user (sudo chmod 666 /dev/net/tun)" };
  // it parses what functions send: as root it gives root up, which it cannot where it never was root
  const confined = process.getuid?.() === 0 ? ["--enable-sandbox", "--enable-seccomp"] : ["--enable-seccomp"];
  const command = [program, "--configure", "--mtu=65520", "--disable-host-loopback", ...confined, `--cidr=${NETWORK}`];
  return { outbound: { command, nameServer: NAME_SERVER, blocked: [...hostAddresses(), ...(allowPrivateNetworks ? [] : PRIVATE)] } };
}

/** slirp4netns only refuses the host's loopback: a service of the host on 0.0.0.0 would answer at the host's own addresses. */
function hostAddresses(): { address: string; mask: string }[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter((each) => each.family === "IPv4" && !each.internal).map((each) => ({ address: each.address, mask: "255.255.255.255" }));
}

function canOpenTun(): boolean {
  try {
    closeSync(openSync("/dev/net/tun", "r+"));
    return true;
  } catch {
    return false;
  }
}
