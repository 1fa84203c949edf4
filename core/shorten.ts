import { limits } from "./limits.ts";

/** Text of a client as it is quoted in an answer or a log. */
export const shorten = (text: string): string =>
  text.length > limits.quotedCharsMax ? `${text.slice(0, limits.quotedCharsMax - 1)}…` : text;
