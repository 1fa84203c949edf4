import { createHash } from "node:crypto";
import type { Witness } from "../../core/books/key-ring.ts";

/** A witness whose signature is a hash: real ones take real time, which a virtual clock cannot have. */
export const hashWitness: Witness = {
  sign: async (text) => ({ key: "simulated", signature: hashOf(text) }),
  faultOf: async (text, { signature }) => (signature === hashOf(text) ? null : "bad-signature"),
};

const hashOf = (text: string): string => createHash("sha256").update(text).digest("base64url");
