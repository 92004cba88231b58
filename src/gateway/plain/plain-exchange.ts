// An exchange whose request was read whole before it began.

import type { RequestHead } from "../../wire/identify.ts";
import type { WireResponse } from "../../wire/message.ts";
import type { SizeLimit } from "../../wire/size-limits.ts";
import type { HttpExchange } from "../http-exchange.ts";
import type { PlainConnection } from "./plain-connection.ts";
import type { PlainRequest } from "./plain-reader.ts";

export class PlainExchange implements HttpExchange {
  readonly head: RequestHead;
  readonly httpVersion = "1.1";
  readonly #body: Uint8Array;
  readonly #connection: PlainConnection;
  #isAnswered = false;
  #gone: (() => void)[] | undefined;

  constructor({ head, body }: PlainRequest, connection: PlainConnection) {
    this.head = head;
    this.#body = body;
    this.#connection = connection;
  }

  get announcedBytes(): number {
    return this.#body.byteLength;
  }

  get remoteAddress(): string {
    return this.#connection.socket.remoteAddress ?? "";
  }

  get localPort(): number {
    return this.#connection.socket.localPort ?? 0;
  }

  readBody({ bytesMax, refuse }: SizeLimit): Uint8Array {
    if (this.#body.byteLength > bytesMax) throw refuse(this.#body.byteLength);
    return this.#body;
  }

  async *streamBody(): AsyncGenerator<Uint8Array> {
    if (this.#body.byteLength > 0) yield this.#body;
  }

  get isGone(): boolean {
    return this.#connection.socket.destroyed;
  }

  onGone(call: () => void): void {
    if (this.#isAnswered) return;
    if (this.isGone) call();
    else this.#gone = [...(this.#gone ?? []), call];
  }

  /** For the connection: it has ended. */
  lose(): void {
    const gone = this.#gone ?? [];
    this.#gone = undefined;
    for (const call of gone) call();
  }

  send(answer: WireResponse, isLast: boolean): Promise<void> | undefined {
    if (this.isGone) return undefined;
    const sending = this.#connection.write(answer, isLast);
    if (sending !== undefined) return sending.then(() => this.#sent(isLast));
    this.#sent(isLast);
    return undefined;
  }

  destroy(): void {
    this.#connection.socket.destroy();
  }

  onOver(call: () => void): void {
    const { socket } = this.#connection;
    if (socket.destroyed || (this.#isAnswered && socket.writableLength === 0)) call();
    else if (this.#isAnswered) socket.write("", () => call());
    else socket.once("close", call);
  }

  #sent(isLast: boolean): void {
    this.#isAnswered = true;
    this.#gone = undefined;
    this.#connection.turn(isLast);
  }
}
