// The body of a request to one of our own routes: a small JSON object whose members are checked one by one.

import { ServiceError } from "../lib/errors.ts";
import type { InternalRequest } from "./internal-routes.ts";

export class JsonBody {
  readonly #values: Readonly<Record<string, unknown>>;

  private constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** Throws ServiceError BadRequest for what is no JSON object, or has members that nobody knows. */
  static async read(request: InternalRequest, bytesMax: number, known: readonly string[]): Promise<JsonBody> {
    const text = Buffer.from(await request.body(bytesMax)).toString();
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new ServiceError("BadRequest", 400, "The body is no JSON.", { cause: error });
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw badRequest("The body is a JSON object.");
    const stranger = Object.keys(value).find((name) => !known.includes(name));
    if (stranger !== undefined) throw badRequest(`'${stranger}' is not known here; these are: ${known.join(", ")}.`);
    return new JsonBody(value as Record<string, unknown>);
  }

  optionalText(name: string): string | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (typeof value !== "string" || value === "") throw badRequest(`${name} is a text.`);
    return value;
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw badRequest(`${name} is missing.`);
    return value;
  }

  number(name: string, range: { readonly min: number; readonly max: number }, fallback: number): number {
    const value = this.#values[name] ?? fallback;
    if (typeof value !== "number" || !(value >= range.min && value <= range.max))
      throw badRequest(`${name} is a number from ${range.min} to ${range.max}.`);
    return value;
  }

  whole(name: string, range: { readonly min: number; readonly max: number }, fallback: number): number {
    const value = this.number(name, range, fallback);
    if (!Number.isInteger(value)) throw badRequest(`${name} is a whole number.`);
    return value;
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name] ?? [];
    if (!Array.isArray(value) || value.some((one) => typeof one !== "string")) throw badRequest(`${name} is a list of texts.`);
    return value as readonly string[];
  }

  isOn(name: string): boolean {
    return this.#values[name] === true;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  /** Whatever JSON it is. */
  any(name: string): unknown {
    return this.#values[name];
  }
}

export function badRequest(message: string): ServiceError {
  return new ServiceError("BadRequest", 400, message);
}
