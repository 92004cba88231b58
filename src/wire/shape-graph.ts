// Links a model's shapes to each other, so that codecs and validation walk pointers instead of looking names up. Knows no protocol.

import type { Model, Ref, Shape } from "./model.ts";

/** A shape with its parts resolved. Recursive shapes point back to themselves. */
export interface LinkedShape {
  readonly name: string;
  readonly type: Shape["type"];
  readonly traits: Shape;
  /** Of a structure, in the model's order. */
  readonly members: readonly Member[];
  /** Of a list. */
  readonly element?: Member;
  /** Of a map. */
  readonly key?: Member;
  readonly value?: Member;
}

/** A use of a shape, with the names that handlers and the wire know it by. */
export interface Member {
  readonly name: string;
  readonly wireName: string;
  /** As an XML element and in the query protocol. */
  readonly xmlName: string;
  readonly shape: LinkedShape;
  readonly ref: Ref;
  readonly required: boolean;
}

export class ShapeGraph {
  readonly #shapes: Model["shapes"];
  readonly #linked = new Map<string, LinkedShape>();

  constructor(shapes: Model["shapes"]) {
    this.#shapes = shapes;
  }

  /** Undefined if the model has no such shape. */
  find(name: string): LinkedShape | undefined {
    return Object.hasOwn(this.#shapes, name) ? this.#link(name) : undefined;
  }

  #link(name: string): LinkedShape {
    const known = this.#linked.get(name);
    if (known) return known;
    const traits = this.#shapes[name]!;
    const linked: { -readonly [K in keyof LinkedShape]: LinkedShape[K] } = { name, type: traits.type, traits, members: [] };
    this.#linked.set(name, linked);
    const required = new Set(traits.required);
    linked.members = Object.entries(traits.members ?? {}).map(([member, ref]) => this.#member(member, ref, required.has(member)));
    if (traits.member) linked.element = this.#member("member", traits.member, true);
    if (traits.key) linked.key = this.#member("key", traits.key, true);
    if (traits.value) linked.value = this.#member("value", traits.value, true);
    return linked;
  }

  #member(name: string, ref: Ref, required: boolean): Member {
    const wireName = ref.locationName ?? name;
    return { name, wireName, xmlName: ref.queryName ?? wireName, shape: this.#link(ref.shape), ref, required };
  }
}

export const isStreamingBlob = (member: Member): boolean =>
  member.shape.type === "blob" && Boolean(member.ref.streaming ?? member.shape.traits.streaming);

export const isFlattened = (member: Member): boolean => Boolean(member.ref.flattened ?? member.shape.traits.flattened);
