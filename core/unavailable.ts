/**
 * Something outside did not answer, and asking again may help. Thrown by an object to its caller, to whom
 * only the message arrives, so the message carries the mark.
 */
export class Unavailable extends Error {
  constructor(detail: string) {
    super(`${mark} ${detail}`);
  }
}

const mark = "unavailable:";

export function isUnavailable(cause: unknown): boolean {
  return cause instanceof Error && cause.message.includes(mark);
}
