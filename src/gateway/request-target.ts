// The target of a request line, taken apart and otherwise left as it was sent.

export interface Target {
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
}

/** A client that takes us for its proxy sends the whole URL. */
export function originForm(target: string): Target {
  if (target.startsWith("/")) return split(target);
  const path = /^https?:\/\/[^/?]*(.*)$/i.exec(target)?.[1] ?? "";
  return split(path.startsWith("/") ? path : `/${path}`);
}

function split(target: string): Target {
  const mark = target.indexOf("?");
  return mark < 0 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}
