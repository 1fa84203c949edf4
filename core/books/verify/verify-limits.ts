/** Limits of a check of the books. They are not in `core/limits.ts`, so that a check needs `core/books` alone. */
export const verifyLimits = {
  /** Faults in one report: more say nothing new, and a spoilt export could have millions. */
  faultsMax: 1000,
  /** Missing segments that are named one by one: a statement may name 10^15, of which each would be looked for. */
  missingNamedMax: 1000,
  /** Credit notes that are looked at: a month has few, but a forged export may name any number. */
  creditNotesMax: 1000,
  /**
   * Nesting: deeper than any of the books' parts. JSON that is nested without end can be read, but not written again.
   */
  formDepthMax: 32,
} as const;
