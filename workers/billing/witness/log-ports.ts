import type { Witness } from "../../../core/books/key-ring.ts";
import type { WitnessStore } from "./witness-store.ts";

export interface LogPorts {
  readonly witnessStore: WitnessStore;
  readonly witness: Witness;
  now(): number;
}
