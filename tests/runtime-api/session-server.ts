// One RuntimeSession behind a real listening socket, and a raw client: bytes go out as given, answers come back as text.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Extension } from "../../src/runtime-api/extension.ts";
import type { ExtensionListener } from "../../src/runtime-api/extension-registry.ts";
import type { RuntimeInitError, RuntimeListener, RuntimeResponse } from "../../src/runtime-api/runtime-event.ts";
import { RuntimeSession } from "../../src/runtime-api/runtime-session.ts";
import type { Subscription } from "../../src/runtime-api/subscription.ts";

export const BASE = "/2018-06-01/runtime";

export class SessionServer implements RuntimeListener, ExtensionListener {
  readonly session = new RuntimeSession(this, {
    responseBytesMax: 1000,
    facts: { functionName: "tested", functionVersion: "$LATEST", handler: "h", accountId: "000000000000" },
    uuid: () => `8f5c1d2e-0000-4000-8000-${String(++this.#uuids).padStart(12, "0")}`,
  });
  #uuids = 0;
  readonly extensionErrors: Extension[] = [];
  readonly subscriptions: (Subscription & { name: string })[] = [];
  registeredCount = 0;
  extensionsReadyCount = 0;
  readonly responses: RuntimeResponse[] = [];
  readonly initErrors: RuntimeInitError[] = [];
  readyCount = 0;
  awayCount = 0;
  readonly #server = createServer((socket) => this.session.connect(socket));
  #changed = Promise.withResolvers<void>();

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async client(): Promise<Client> {
    const socket = connect((this.#server.address() as AddressInfo).port, "127.0.0.1");
    await once(socket, "connect");
    return new Client(socket);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#changed.promise;
  }

  async close(): Promise<void> {
    this.session.close();
    this.#server.close();
    await once(this.#server, "close");
  }

  deliver(requestId: string, payload = "{}"): void {
    this.session.deliver({ requestId, deadlineMs: 1, invokedArn: "arn", payload: Buffer.from(payload), invocationId: `of-${requestId}` });
  }

  onReady(): void {
    this.readyCount++;
    this.#tell();
  }

  onAway(): void {
    this.awayCount++;
    this.#tell();
  }

  onResponse(response: RuntimeResponse): void {
    this.responses.push(response);
    this.#tell();
  }

  onInitError(error: RuntimeInitError): void {
    this.initErrors.push(error);
    this.#tell();
  }

  onExtensionsRegistered(): void {
    this.registeredCount++;
    this.#tell();
  }

  onExtensionsReady(): void {
    this.extensionsReadyCount++;
    this.#tell();
  }

  onSubscription(extension: Extension, subscription: Subscription): void {
    this.subscriptions.push({ ...subscription, name: extension.name });
    this.#tell();
  }

  onExtensionError(extension: Extension): void {
    this.extensionErrors.push(extension);
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class Client {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #isEnded = false;
  #changed = Promise.withResolvers<void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#tell();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#isEnded = true;
      this.#tell();
    });
  }

  send(text: string | Buffer): void {
    this.socket.write(text);
  }

  get(path: string): void {
    this.send(`GET ${path} HTTP/1.1\r\nHost: lambda\r\n\r\n`);
  }

  post(path: string, body: string, headers = ""): void {
    this.send(`POST ${path} HTTP/1.1\r\nHost: lambda\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  /** The next whole reply. */
  async reply(): Promise<Reply> {
    for (;;) {
      const reply = this.#take();
      if (reply !== undefined) return reply;
      if (this.#isEnded) throw new Error(`the connection ended after ${JSON.stringify(this.#received.toString())}`);
      await this.#changed.promise;
    }
  }

  async ended(): Promise<void> {
    while (!this.#isEnded) await this.#changed.promise;
  }

  #take(): Reply | undefined {
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [first = "", ...fields] = this.#received.subarray(0, end).toString().split("\r\n");
    const headers = Object.fromEntries(
      fields.map((field) => [field.slice(0, field.indexOf(":")).toLowerCase(), field.slice(field.indexOf(":") + 2)]),
    );
    const length = Number(headers["content-length"] ?? 0);
    if (this.#received.length < end + 4 + length) return undefined;
    const body = this.#received.subarray(end + 4, end + 4 + length).toString();
    this.#received = this.#received.subarray(end + 4 + length);
    return { status: Number(first.split(" ")[1]), headers, body };
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
