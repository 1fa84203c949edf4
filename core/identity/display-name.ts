import * as z from "zod/mini";
import { limits } from "../limits.ts";

/** Printable text: it is shown in lists and logs. */
export const displayName = z
  .string()
  .check(
    z.trim(),
    z.minLength(1),
    z.maxLength(limits.nameCharsMax),
    z.regex(/^[^\p{Cc}\p{Cs}]*$/u, "Control characters cannot be shown"),
  );
