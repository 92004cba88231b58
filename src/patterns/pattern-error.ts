// A pattern that cannot be used, with the reason in the words of AWS's rule compiler. Who asks for the pattern wraps them in its own error.

export class PatternError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = "PatternError";
  }
}
