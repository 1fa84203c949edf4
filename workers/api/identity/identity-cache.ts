import {
  isRevoked,
  newerStanding,
  parseStanding,
  standingKey,
  type KeyStanding,
} from "../../../core/identity/standing.ts";
import { EdgeCopy, type EdgeEnv } from "./edge-copy.ts";

interface Identifies {
  identify(hash: string): Promise<KeyStanding | null>;
}

/** The bindings that know keys. */
export type IdentityEnv = EdgeEnv<Identifies>;

/** The keys that this isolate knows, by hash. */
export class IdentityCache extends EdgeCopy<KeyStanding, Identifies> {
  constructor() {
    super({
      kvKey: standingKey,
      parse: parseStanding,
      ask: (directory, hash) => directory.identify(hash),
      newer: newerStanding,
      isFinal: isRevoked,
    });
  }
}
