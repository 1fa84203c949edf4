/**
 * What a deletion leaves in R2: an empty object. A ledger that is restored from an earlier backup has forgotten the
 * deletion and finds it here.
 */
export function tombstoneKey(ledger: string, job: string): string {
  return `${tombstonesPrefix(ledger)}${job}`;
}

/** Its keys are in the order of the jobs' ids, and so of their times. */
export function tombstonesPrefix(ledger: string): string {
  return `deleted/${ledger}/`;
}

export function deletedJob(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
