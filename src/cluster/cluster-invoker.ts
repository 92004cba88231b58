// Invocations of a cluster: each is placed (placement.ts), run here or sent to the node that is to run it, and placed anew where it has not begun.
//
//   place ─▶ here: the invoker of this node
//     ▲ └──▶ there: request ─▶ answer
//     │          ├─ never arrived, or not taken ─┐
//     └──────────┴───────────────────────────────┘   without that node
//                └─ broke off: nobody knows whether it ran: 500, which callers retry

import type { FunctionRecord } from "../functions/function-record.ts";
import { type FunctionVersion, revisionKey } from "../functions/version.ts";
import { AnswerStream } from "../invoke/answer-stream.ts";
import type { Invocation, InvocationResult, Recipient } from "../invoke/invocation.ts";
import type { Invoker } from "../invoke/invoker.ts";
import { ServiceError } from "../lib/errors.ts";
import { answerOf, failureOf, headOf, NOT_HERE, readHead, resultOf, type VersionName } from "./forwarding.ts";
import { type NodeClient, NodeLost, NotReached, type OpenAnswer } from "./node-client.ts";
import type { DoorAnswer, DoorRequest } from "./node-door.ts";
import type { Peers } from "./peers.ts";
import { type NodeLoad, place } from "./placement.ts";
import { framesOf, readFrames } from "./streamed-answer.ts";

export interface ClusterInvokerParts {
  readonly nodeId: string;
  readonly local: Pick<Invoker, "invoke" | "idleOf" | "running">;
  readonly peers: Peers;
  readonly client: Pick<NodeClient, "open" | "whole">;
  readonly find: (name: Omit<VersionName, "version">) => FunctionRecord | undefined;
  /** Reads what this node does not know yet. */
  readonly catchUp: () => Promise<void>;
  /** This node is a member that runs functions and is not draining. */
  readonly takesWork: () => boolean;
  /** It has environments: while it drains and is the last one, what has come in still runs here. */
  readonly runsFunctions: boolean;
  /** It is a member at all: else it must not say anything of functions. */
  readonly isMember: () => boolean;
  readonly room: number;
}

type Path = Set<string> | undefined;

export class ClusterInvoker {
  readonly #parts: ClusterInvokerParts;

  constructor(parts: ClusterInvokerParts) {
    this.#parts = parts;
  }

  /** As Invoker.invoke. Throws ServiceError; 500 where this node is cut off, nobody takes work, or the chosen node is lost. */
  async invoke(invocation: Invocation, recipient?: Recipient): Promise<InvocationResult> {
    const { isMember, takesWork, peers, local } = this.#parts;
    if (!isMember()) throw cutOff();
    if (peers.isEmpty && takesWork()) return local.invoke(invocation, recipient);
    return this.#placed(invocation, recipient, undefined);
  }

  /** One that another node has sent here: it runs here or is given back, and never goes on. */
  async answer({ head, body, signal }: DoorRequest): Promise<DoorAnswer> {
    const { takesWork, local } = this.#parts;
    const { name, invocation, streamBytesMax } = readHead(head);
    const version = takesWork() ? await this.#versionOf(name) : undefined;
    if (version === undefined) return NOT_HERE;
    const complete = { ...invocation, version, payload: body };
    if (streamBytesMax !== undefined) return this.#streamed(complete, streamBytesMax, signal);
    try {
      return answerOf(await local.invoke(complete, { signal }));
    } catch (error) {
      if (error instanceof ServiceError) return failureOf(error);
      throw error;
    }
  }

  /** A caller that goes away gives the stream up; the function runs to its end. */
  #streamed(invocation: Invocation, bytesMax: number, signal: AbortSignal): DoorAnswer {
    const stream = new AnswerStream(bytesMax);
    const result = this.#parts.local.invoke({ ...invocation, stream }, { signal });
    const ended = () => stream.end();
    result.then(ended, ended);
    signal.addEventListener("abort", () => stream.abandon(), { once: true });
    return { status: 200, body: framesOf(stream, result) };
  }

  #placed(invocation: Invocation, recipient: Recipient | undefined, tried: Path): Promise<InvocationResult> {
    const { nodeId, peers, find } = this.#parts;
    const { version } = invocation;
    const revision = revisionKey(version);
    const limit = find(version)?.concurrency.reserved;
    const here = this.#here(invocation);
    if (limit === undefined && here.takesWork && here.idle > 0) return this.#parts.local.invoke(invocation, recipient); // as place() has it
    const placed = place({ here, others: peers.loads(revision, tried), key: String(version.functionId), limit });
    const where = placed ?? (this.#parts.runsFunctions ? nodeId : undefined);
    if (where === undefined) throw new ServiceError("ServiceException", 500, "No node takes work at the moment.");
    if (where === nodeId) return this.#parts.local.invoke(invocation, recipient);
    return this.#send(where, { invocation, revision, tried }, recipient);
  }

  async #send(
    nodeId: string,
    { invocation, revision, tried = new Set() }: { invocation: Invocation; revision: string; tried: Path },
    recipient: Recipient | undefined,
  ): Promise<InvocationResult> {
    const { peers, client } = this.#parts;
    const member = peers.memberOf(nodeId)!; // it was chosen among them a moment ago
    const sent = peers.sending(nodeId, revision);
    const request = { path: "/invoke", head: headOf(invocation), body: invocation.payload, signal: recipient?.signal };
    try {
      const answer = await client.open(member, request);
      if (answer.status === 200 && invocation.stream !== undefined) return await this.#read(answer, invocation.stream);
      const result = resultOf({ ...answer, body: await client.whole(member, answer, request) });
      if (result !== "not-here") return result;
    } catch (error) {
      if (error instanceof NodeLost) throw nodeLost(error);
      if (!(error instanceof NotReached)) throw error;
    } finally {
      sent();
    }
    return this.#placed(invocation, recipient, tried.add(nodeId));
  }

  async #read({ body }: OpenAnswer, stream: AnswerStream): Promise<InvocationResult> {
    try {
      return await readFrames(body, stream);
    } catch (error) {
      throw error instanceof ServiceError ? error : nodeLost(error);
    }
  }

  #here({ version }: Invocation): NodeLoad {
    const { nodeId, local, takesWork, room } = this.#parts;
    return { nodeId, takesWork: takesWork(), idle: local.idleOf(version), busy: local.running, room };
  }

  async #versionOf(name: VersionName): Promise<FunctionVersion | undefined> {
    const { find, catchUp } = this.#parts;
    const known = find(name)?.running.get(name.version);
    if (known !== undefined) return known;
    await catchUp();
    return find(name)?.running.get(name.version);
  }
}

function cutOff(): ServiceError {
  return new ServiceError("ServiceException", 500, "This node is cut off from its cluster.");
}

function nodeLost(cause: unknown): ServiceError {
  return new ServiceError("ServiceException", 500, "The node that ran the function was lost before it had answered.", { cause });
}
