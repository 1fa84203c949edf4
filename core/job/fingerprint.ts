/**
 * What a fingerprint begins with that covers what the client sent. Those of earlier versions, without it,
 * covered what was made of it.
 */
export const fingerprintScheme = "2:";

/** Whether the repeated request is another one. Fingerprints of two schemes cannot tell, so they never differ. */
export function differ(known: string | null, repeated: string | undefined): boolean {
  const isComparable = schemeOf(known) === schemeOf(repeated ?? null);
  return isComparable && known !== repeated;
}

function schemeOf(fingerprint: string | null): string {
  return fingerprint?.startsWith(fingerprintScheme) === true ? fingerprintScheme : "";
}
