// Requests to other nodes over connections that stay open. A node that is given up loses its connections, and what waits for its answers fails.

import type { Agent, IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Clock } from "../lib/clock.ts";
import { newAgent, requestOver } from "../lib/http.ts";
import { signature } from "./node-signature.ts";

export interface NodePlace {
  readonly id: string;
  /** "10.0.0.1:4700" */
  readonly address: string;
}

export interface NodeRequest {
  readonly path: string;
  /** Base64url. */
  readonly head?: string;
  readonly body: Uint8Array | string;
  /** Of silence. Absent: as long as it takes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface NodeAnswer {
  readonly status: number;
  /** Base64url, or empty. */
  readonly head: string;
  readonly body: Buffer;
}

export interface OpenAnswer extends Omit<NodeAnswer, "body"> {
  readonly body: IncomingMessage;
}

/** The request never arrived: it may be sent to another node. */
export class NotReached extends Error {
  override readonly name = "NotReached";
}

/** The connection broke after the request was sent: whether the node has acted on it nobody knows. */
export class NodeLost extends Error {
  override readonly name = "NodeLost";
}

/** Shorter than the server keeps a connection that nobody uses. */
const KEEP_ALIVE_MS = 30_000;

export interface NodeClientParts {
  readonly nodeId: string;
  readonly secret: string;
  readonly clock: Pick<Clock, "nowMs">;
  /** How long a connection that nobody uses is kept. */
  readonly keepAliveMs?: number;
}

export class NodeClient {
  readonly #parts: NodeClientParts;
  readonly #request = requestOver("http:");
  readonly #agents = new Map<string, Agent>();

  constructor(parts: NodeClientParts) {
    this.#parts = parts;
  }

  /** Rejects with NotReached, NodeLost or the signal's reason. */
  async send(to: NodePlace, request: NodeRequest): Promise<NodeAnswer> {
    const answer = await this.open(to, request);
    return { ...answer, body: await this.whole(to, answer, request) };
  }

  /** The same with a body that is read while it comes: to its end, or it is destroyed. Its errors are Node's. */
  async open(to: NodePlace, request: NodeRequest): Promise<OpenAnswer> {
    request.signal?.throwIfAborted();
    const incoming = await this.#exchange(to, request);
    return { status: incoming.statusCode ?? 0, head: String(incoming.headers["x-lambent-head"] ?? ""), body: incoming };
  }

  /** The rest of its body. */
  async whole(to: NodePlace, { body }: OpenAnswer, { signal }: NodeRequest): Promise<Buffer> {
    try {
      return await buffer(body);
    } catch (error) {
      throw lost(to, error, signal);
    }
  }

  /** Ends its connections: the node is gone, or silent for too long. */
  giveUp(nodeId: string): void {
    this.#agents.get(nodeId)?.destroy();
    this.#agents.delete(nodeId);
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #exchange(to: NodePlace, { path, head = "", body, timeoutMs, signal }: NodeRequest): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const [host, port] = splitAddress(to.address);
    let isConnected = false;
    const outgoing = this.#request({
      host,
      port,
      path,
      method: "POST",
      agent: this.#agent(to.id),
      headers: this.#headers(to, { path, head, bodyBytes: Buffer.byteLength(body) }),
      ...(timeoutMs !== undefined && { timeout: timeoutMs }),
      ...(signal !== undefined && { signal }),
    });
    outgoing.on("socket", (socket) => {
      isConnected = !socket.connecting;
      if (isConnected) return;
      socket.once("connect", () => {
        isConnected = true;
      });
    });
    // Without one of its own a request inherits the agent's, which is for connections that nobody uses.
    if (timeoutMs !== undefined) outgoing.on("timeout", () => outgoing.destroy(new Error(`node ${to.id} was silent for ${timeoutMs} ms`)));
    outgoing.on("response", resolve);
    outgoing.on("error", (error) => {
      if (isConnected || signal?.aborted) reject(lost(to, error, signal));
      else reject(new NotReached(`node ${to.id} at ${to.address} cannot be reached`, { cause: error }));
    });
    outgoing.end(body);
    return promise;
  }

  #headers(to: NodePlace, { path, head, bodyBytes }: { path: string; head: string; bodyBytes: number }): Record<string, string | number> {
    const { nodeId, secret, clock } = this.#parts;
    const timeMs = clock.nowMs();
    const signed = signature(secret, { path, from: nodeId, to: to.id, timeMs, head, bodyBytes });
    return {
      "content-length": bodyBytes,
      "x-lambent-from": nodeId,
      "x-lambent-time": timeMs,
      "x-lambent-signature": signed,
      ...(head !== "" && { "x-lambent-head": head }),
    };
  }

  #agent(nodeId: string): Agent {
    const known = this.#agents.get(nodeId);
    if (known !== undefined) return known;
    const agent = newAgent({ keepAlive: true, timeout: this.#parts.keepAliveMs ?? KEEP_ALIVE_MS });
    this.#agents.set(nodeId, agent);
    return agent;
  }
}

function lost(to: NodePlace, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  return new NodeLost(`the connection to node ${to.id} broke`, { cause: error });
}

/** "[::1]:4700" too. */
export function splitAddress(address: string): [host: string, port: number] {
  const at = address.lastIndexOf(":");
  return [address.slice(0, at).replace(/^\[|\]$/g, ""), Number(address.slice(at + 1))];
}
