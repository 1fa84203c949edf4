/**
 * Where a job's pictures lie in R2. The tenant comes first, so that one tenant's pictures are one
 * prefix, and no key of another tenant can be formed from a job id.
 */
export function sourceKey(tenant: string, job: string): string {
  return `pictures/${tenant}/${job}/source`;
}

export function outputKey(tenant: string, job: string, index: number): string {
  return `pictures/${tenant}/${job}/${index}`;
}

/** Every picture a job with this many outputs can have left behind. */
export function pictureKeys(tenant: string, job: string, outputs: number): string[] {
  return [
    sourceKey(tenant, job),
    ...Array.from({ length: outputs }, (_, index) => outputKey(tenant, job, index)),
  ];
}
