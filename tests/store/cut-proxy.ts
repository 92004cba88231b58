// A TCP proxy before a server that cuts its connections when a text goes by: the network's way to fail, at a moment of our choice.

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

export interface CutProxy {
  readonly url: string;
  /** From now on: the text that a client sends and that cuts its connection, before or after the server gets it. */
  cutAt(text: string, when: "before" | "after"): void;
  heal(): void;
  /** Cuts all connections there are. */
  cutAll(): void;
  /** From now on nothing passes on the connections there are, and neither end is told. New ones work. */
  silenceAll(): void;
}

export async function cutProxy(t: TestContext, serverUrl: string): Promise<CutProxy> {
  const target = new URL(serverUrl);
  let cut: { readonly text: string; readonly when: "before" | "after" } | undefined;
  const sockets = new Set<Socket>();
  const silent = new WeakSet<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", end).on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on("data", (bytes) => {
      if (silent.has(client)) return;
      const isCut = cut !== undefined && bytes.includes(cut.text);
      if (isCut && cut?.when === "before") return end();
      server.write(bytes);
      if (isCut) {
        client.destroy(); // the answer will find nobody
        server.end();
      }
    });
    server.on("data", (bytes) => client.writable && !silent.has(client) && client.write(bytes));
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  t.after(() => {
    proxy.close();
    cutAll();
  });
  const url = new URL(serverUrl);
  url.port = String((proxy.address() as { port: number }).port);
  return {
    url: url.href,
    cutAt: (text, when) => {
      cut = { text, when };
    },
    heal: () => {
      cut = undefined;
    },
    cutAll,
    silenceAll() {
      for (const socket of sockets) silent.add(socket);
    },
  };
}
