import { drawProfile, features, without, type Feature, type Profile } from "./world/profile.ts";
import { scenarios } from "./world/scenarios.ts";

/** What a thread must know to run a seed. */
export interface Orders {
  readonly steps: number;
  /** A scripted world instead of one that the seed draws. */
  readonly scenario: string | null;
  /** Kinds of faults to leave out. */
  readonly without: readonly string[];
}

/** The world of each seed. */
export function profiles({
  scenario,
  without: left,
}: Pick<Orders, "scenario" | "without">): (seed: number) => Profile {
  const known = left.filter((name): name is Feature => features.includes(name as Feature));
  const unknown = left.filter((name) => !features.includes(name as Feature));
  if (unknown.length > 0) throw new Error(`--without takes ${features.join(", ")}`);
  if (scenario === null) return (seed) => without(drawProfile(seed), known);
  const scripted = scenarios[scenario];
  if (!scripted) throw new Error(`--scenario takes ${Object.keys(scenarios).join(", ")}`);
  return (seed) => without(scripted(seed), known);
}
