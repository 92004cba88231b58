// How a filter pattern is refused. Which AWS error that becomes is the service's business.

export class InvalidFilterPattern extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InvalidFilterPattern";
  }
}

/** AWS's words for a term it cannot read. */
export function badTerm(term: string): InvalidFilterPattern {
  return new InvalidFilterPattern(`Invalid character(s) in term '${term}'`);
}
