import { hexOf } from "./books/hex.ts";

/** A request's place in its trace: W3C Trace Context, https://www.w3.org/TR/trace-context/. */
export interface Trace {
  /** 32 hex digits, the same in every line of every Worker that the request leads to. */
  readonly id: string;
  /** 16 hex digits: the request here. */
  readonly span: string;
  /** Two hex digits; `01`: recorded. */
  readonly flags: string;
}

/** Goes on with the trace of a `traceparent` header, or begins one if there is none, or none that can be read. */
export function traceFrom(
  header: string | null,
  randomBytes: (length: number) => Uint8Array,
): Trace {
  const span = hexOf(randomBytes(8));
  const [, version, id, parent, flags, more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(
      header?.trim() ?? "",
    ) ?? [];
  const isKnown =
    id !== undefined &&
    flags !== undefined &&
    version !== "ff" &&
    // Later versions may say more.
    (version !== "00" || more === undefined) &&
    !/^0+$/.test(id) &&
    parent !== "0".repeat(16);
  return isKnown ? { id, span, flags } : { id: hexOf(randomBytes(16)), span, flags: "01" };
}

export const traceParent = ({ id, span, flags }: Trace): string => `00-${id}-${span}-${flags}`;
