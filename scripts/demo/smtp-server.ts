// A small SMTP server for the demo: takes every mail, and refuses nothing but what it does not understand. RFC 5321, without extensions.

import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

export interface Mail {
  readonly to: readonly string[];
  /** Headers and body. */
  readonly text: string;
}

export interface SmtpServer {
  readonly port: number;
  readonly mails: readonly Mail[];
  /** Resolves when it has taken so many mails in all. */
  until(mails: number): Promise<void>;
  close(): void;
}

export async function startSmtpServer(): Promise<SmtpServer> {
  const mails: Mail[] = [];
  const waiters = new Set<() => void>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    converse(socket, (mail) => {
      mails.push(mail);
      for (const look of waiters) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    until(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => {
        if (mails.length >= count && waiters.delete(look)) resolve();
      };
      waiters.add(look);
      look();
      return promise;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function converse(socket: Socket, take: (mail: Mail) => void): void {
  let to: string[] = [];
  let lines: string[] | undefined;
  const say = (line: string) => socket.write(`${line}\r\n`);
  const commands: Readonly<Record<string, (rest: string) => void>> = {
    EHLO: () => say("250 demo"),
    HELO: () => say("250 demo"),
    MAIL: () => {
      to = [];
      say("250 ok");
    },
    RCPT: (rest) => {
      to.push(/<([^>]*)>/.exec(rest)?.[1] ?? rest);
      say("250 ok");
    },
    DATA: () => {
      lines = [];
      say("354 go on");
    },
    NOOP: () => say("250 ok"),
    RSET: () => say("250 ok"),
    QUIT: () => {
      say("221 bye");
      socket.end();
    },
  };
  say("220 demo");
  createInterface({ input: socket }).on("line", (line) => {
    if (lines === undefined) {
      const [verb = "", ...rest] = line.split(" ");
      const command = commands[verb.toUpperCase()] ?? (() => say("500 unknown"));
      command(rest.join(" "));
    } else if (line === ".") {
      take({ to, text: lines.join("\n") });
      lines = undefined;
      say("250 taken");
    } else lines.push(line.startsWith(".") ? line.slice(1) : line);
  });
}
