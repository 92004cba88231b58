// Takes S3's own chunked framing off a body, and checks what travels in it: chunk signatures, trailers, checksum, length.
//
//   <hex size>[;chunk-signature=<hex>]CRLF <data> CRLF … 0[;chunk-signature=<hex>]CRLF
//   [x-amz-checksum-crc32:<base64>CRLF [x-amz-trailer-signature:<hex>CRLF]] CRLF

import { createHash, createHmac } from "node:crypto";
import { notImplemented, ServiceError } from "../lib/errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { CHECKSUMS, type Checksum } from "./checksum.ts";
import type { RequestHead } from "./identify.ts";
import { areEqual } from "./signature-text.ts";

/** What the head's signature hands on to the chunks' signatures. */
export interface ChunkSigner {
  readonly key: Buffer;
  /** "20260101/us-east-1/s3/aws4_request" */
  readonly scope: string;
  readonly amzDate: string;
  /** The signature of the head, which the first chunk's continues. */
  readonly seed: string;
}

const LINE_BYTES_MAX = 8 * 1024;
/** A signed chunk is held until its signature is checked. SDKs send 64 KiB to 1 MiB. */
const SIGNED_CHUNK_BYTES_MAX = 16 * 1024 * 1024;
const TRAILERS_MAX = 10;
const EMPTY_SHA256 = createHash("sha256").digest("hex");

export const isAwsChunked = (head: RequestHead) => head.headers["x-amz-content-sha256"]?.startsWith("STREAMING-") ?? false;

/**
 * The content alone. Other bodies pass unchanged. `signer` is absent in open mode, where signatures are not checked.
 * The stream fails with a ServiceError where the body is not what it claims to be.
 */
export function decodeAwsChunked(head: RequestHead, source: AsyncIterable<Uint8Array>, signer?: ChunkSigner): AsyncIterable<Uint8Array> {
  return isAwsChunked(head) ? new ChunkedBody(head, source, signer).content() : source;
}

class ChunkedBody {
  readonly #reader: ByteReader;
  readonly #chain: SignatureChain | undefined;
  readonly #hasTrailer: boolean;
  readonly #declared: number;
  readonly #checksum: { readonly name: string; readonly sum: Checksum } | undefined;
  #bytes = 0;

  constructor({ headers }: RequestHead, source: AsyncIterable<Uint8Array>, signer: ChunkSigner | undefined) {
    const mode = headers["x-amz-content-sha256"]!;
    if (!/^STREAMING-(UNSIGNED-PAYLOAD-TRAILER|AWS4-HMAC-SHA256-PAYLOAD(-TRAILER)?)$/.test(mode)) {
      throw notImplemented(`lambent does not implement x-amz-content-sha256: ${mode.slice(0, 80)}.`, "NotImplemented"); // a form of S3
    }
    const declared = headers["x-amz-decoded-content-length"];
    if (!declared || !/^\d{1,15}$/.test(declared))
      throw new ServiceError("MissingContentLength", 411, "You must provide the Content-Length HTTP header.");
    this.#declared = Number(declared);

    this.#hasTrailer = mode.endsWith("-TRAILER");
    this.#chain = signer && mode.includes("AWS4-HMAC") ? new SignatureChain(signer) : undefined;
    this.#checksum = announcedChecksum(headers["x-amz-trailer"]);
    this.#reader = new ByteReader(source);
  }

  async *content(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = parseChunkHead((await this.#reader.line(LINE_BYTES_MAX)) ?? "");
      this.#bytes += chunk.size;
      if (this.#bytes > this.#declared) throw incomplete("The body is longer than x-amz-decoded-content-length says.");
      if (this.#chain) yield* this.#signedChunk(this.#chain, chunk);
      else yield* this.#pieces(chunk.size);
      if (chunk.size === 0) break;
      if ((await this.#reader.line(LINE_BYTES_MAX)) !== "") throw incomplete("A chunk is not as long as it says.");
    }
    await this.#finish();
  }

  async *#pieces(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      const piece = await this.#reader.piece(left);
      if (!piece) throw incomplete("The body ends within a chunk.");
      left -= piece.length;
      this.#checksum?.sum.update(piece);
      yield piece;
    }
  }

  /** Nothing of a signed chunk is handed on before its signature is known to be good. */
  async *#signedChunk(chain: SignatureChain, { size, signature }: ChunkHead): AsyncGenerator<Buffer> {
    if (size > SIGNED_CHUNK_BYTES_MAX)
      throw new ServiceError("InvalidChunkSizeError", 403, `A signed chunk may have ${SIGNED_CHUNK_BYTES_MAX} bytes.`);
    const hash = createHash("sha256");
    const held: Buffer[] = [];
    for await (const piece of this.#pieces(size)) {
      hash.update(piece);
      held.push(piece);
    }
    chain.check(signature, `${EMPTY_SHA256}\n${hash.digest("hex")}`, "PAYLOAD");
    yield* held;
  }

  async #finish(): Promise<void> {
    if (this.#bytes !== this.#declared)
      throw incomplete("You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header");
    const trailers = this.#hasTrailer ? await this.#trailers() : new Map<string, string>();
    const { name, sum } = this.#checksum ?? {};
    if (sum && sum.digest() !== trailers.get(name!)) {
      const algorithm = name!.slice("x-amz-checksum-".length).toUpperCase();
      throw new ServiceError("BadDigest", 400, `The ${algorithm} you specified did not match the calculated checksum.`);
    }
  }

  async #trailers(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    let signature: string | undefined;
    for (let line = await this.#reader.line(LINE_BYTES_MAX); line; line = await this.#reader.line(LINE_BYTES_MAX)) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).trim().toLowerCase();
      if (colon < 1 || found.size === TRAILERS_MAX)
        throw new ServiceError(
          "MalformedTrailerError",
          400,
          "The request contained trailing data that was not well-formed or did not conform to our published schema.",
        );
      if (name === "x-amz-trailer-signature") signature = line.slice(colon + 1).trim();
      else found.set(name, line.slice(colon + 1).trim());
    }
    const text = [...found].map(([name, value]) => `${name}:${value}\n`).join("");
    this.#chain?.check(signature, createHash("sha256").update(text).digest("hex"), "TRAILER");
    return found;
  }
}

/** Each signature covers the one before it, so that chunks can be neither left out nor put in another order. */
class SignatureChain {
  readonly #signer: ChunkSigner;
  #previous: string;

  constructor(signer: ChunkSigner) {
    this.#signer = signer;
    this.#previous = signer.seed;
  }

  check(signature: string | undefined, hashes: string, kind: "PAYLOAD" | "TRAILER"): void {
    const { key, amzDate, scope } = this.#signer;
    const text = `AWS4-HMAC-SHA256-${kind}\n${amzDate}\n${scope}\n${this.#previous}\n${hashes}`;
    const wanted = createHmac("sha256", key).update(text).digest("hex");
    if (!areEqual(wanted, signature ?? ""))
      throw new ServiceError("SignatureDoesNotMatch", 403, "The chunk signature we calculated does not match the signature you provided.");
    this.#previous = wanted;
  }
}

interface ChunkHead {
  readonly size: number;
  readonly signature: string | undefined;
}

function parseChunkHead(line: string): ChunkHead {
  const match = /^([0-9a-fA-F]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  if (!match) throw incomplete("A chunk's head is not well-formed.");
  return { size: Number.parseInt(match[1]!, 16), signature: match[2] };
}

function announcedChecksum(trailer: string | undefined): { name: string; sum: Checksum } | undefined {
  const names = (trailer ?? "").toLowerCase().split(",");
  const name = names.map((one) => one.trim()).find((one) => Object.hasOwn(CHECKSUMS, one));
  return name === undefined ? undefined : { name, sum: CHECKSUMS[name]!() };
}

const incomplete = (message: string) => new ServiceError("IncompleteBody", 400, message);
