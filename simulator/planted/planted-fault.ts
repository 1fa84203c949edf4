export interface Edit {
  /** From the repository. */
  readonly file: string;
  /** Occurs exactly once in it. */
  readonly find: string;
  readonly replace: string;
}

/** A fault that was once in the service, as the smallest change that brings it back. */
export interface PlantedFault {
  readonly number: number;
  readonly title: string;
  readonly edits: readonly Edit[];
  /** How the simulator is asked to look for it. */
  readonly look: readonly string[];
  /** What may be seen to be violated: any other finding does not count. */
  readonly invariants: readonly string[];
}

/** Seeds of a scripted world. */
export const scripted = (scenario: string, steps = 800, seeds = 40): readonly string[] =>
  `--scenario ${scenario} --steps ${steps} --seeds ${seeds}`.split(" ");
