/** A rate with a burst: `burst` tokens at most, refilled at `perSecond`. Times in epoch milliseconds. */
export interface TokenBucket {
  readonly tokens: number;
  readonly at: number;
}

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export function fullBucket(rate: Rate, now: number): TokenBucket {
  return { tokens: rate.burst, at: now };
}

/** Takes one token if there is one; says how long until there is one otherwise. */
export function takeToken(
  bucket: TokenBucket,
  rate: Rate,
  now: number,
): { readonly bucket: TokenBucket; readonly taken: boolean; readonly waitMillis: number } {
  const refilled = refill(bucket, rate, now);
  if (refilled.tokens >= 1) {
    return {
      bucket: { tokens: refilled.tokens - 1, at: refilled.at },
      taken: true,
      waitMillis: 0,
    };
  }
  const waitMillis = Math.ceil(((1 - refilled.tokens) / rate.perSecond) * 1000);
  return { bucket: refilled, taken: false, waitMillis };
}

/** A clock that steps back refills nothing and takes nothing away. */
function refill(bucket: TokenBucket, rate: Rate, now: number): TokenBucket {
  const elapsedMillis = Math.max(0, now - bucket.at);
  const tokens = Math.min(rate.burst, bucket.tokens + (elapsedMillis / 1000) * rate.perSecond);
  return { tokens, at: Math.max(now, bucket.at) };
}
