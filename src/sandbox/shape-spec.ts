// What `stem serve` builds a sandbox's root from: mounts, addresses, and the few files of /etc that programs look for. It asks the host only where symbolic links lead.

import { hostPath } from "./host-paths.ts";
import type { Listener, Shape } from "./sandbox.ts";

const FIRST_ADDRESS = "169.254.100.1";

export interface Outbound {
  /** argv of the program that gives a sandbox its way out, without the pid. */
  readonly command: readonly string[];
  /** Where it answers DNS. */
  readonly nameServer: string;
  /** Ranges that lead nowhere. */
  readonly blocked: readonly { readonly address: string; readonly mask: string }[];
}

/** host:port as processes inside reach it. A listener with a name of its own has an address of its own, so that it can have any port. */
export function addressesOf(listeners: readonly Listener[]): Map<string, string> {
  const addresses = new Map<string, string>();
  let named = 1;
  for (const listener of listeners) {
    if (listener.hostName !== undefined) named += 1;
    addresses.set(listener.name, `${listener.hostName === undefined ? FIRST_ADDRESS : `169.254.100.${named}`}:${listener.port}`);
  }
  return addresses;
}

export function specOf(shape: Shape, outbound: Outbound | undefined): object {
  const addresses = addressesOf(shape.listeners);
  const way = shape.network === "outbound" ? outbound : undefined;
  return {
    mounts: shape.mounts.map(({ from, to }) => ({ from: hostPath(from), to })),
    listeners: shape.listeners.map(({ name }) => ({ name, at: addresses.get(name) })),
    early: shape.early,
    files: etcFiles(shape.listeners, addresses, way?.nameServer),
    outbound: way?.command,
    blocked: way?.blocked ?? [],
  };
}

/** The few files that programs and C libraries look for, by path. */
export function etcFiles(
  listeners: readonly Listener[],
  addresses: ReadonlyMap<string, string>,
  nameServer: string | undefined,
): Record<string, string> {
  const named = listeners.filter((listener) => listener.hostName !== undefined);
  const hosts = named.map((listener) => `${addresses.get(listener.name)!.split(":")[0]} ${listener.hostName}\n`);
  return {
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nsbx_user1051:x:993:993::/home/sbx_user1051:/sbin/nologin\n",
    "/etc/group": "root:x:0:\nsbx_user1051:x:993:\n",
    "/etc/hosts": `127.0.0.1 localhost sandbox sandbox.localdomain\n${hosts.join("")}`,
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "/etc/resolv.conf": nameServer === undefined ? "" : `nameserver ${nameServer}\noptions timeout:2 attempts:2\n`,
  };
}
