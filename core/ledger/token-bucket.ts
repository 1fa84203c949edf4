import { limits } from "../limits.ts";

/**
 * A rate with a burst: `burst` tokens at most, refilled at `perSecond`. Times in epoch milliseconds.
 *
 * Counted in thousandths, because a rate in whole tokens a second adds whole thousandths a millisecond:
 * the arithmetic is exact, and a client that waits as long as it was told is not refused for a rounding error.
 */
export interface TokenBucket {
  readonly milliTokens: number;
  readonly at: number;
}

/** Both are whole numbers. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export function fullBucket(rate: Rate, now: number): TokenBucket {
  return { milliTokens: rate.burst * oneToken, at: now };
}

/** Takes one token if there is one; otherwise says how long it takes until there is one. */
export function takeToken(
  bucket: TokenBucket,
  rate: Rate,
  now: number,
): { readonly bucket: TokenBucket; readonly taken: boolean; readonly waitMillis: number } {
  const { milliTokens, at } = refill(bucket, rate, now);
  if (milliTokens >= oneToken) {
    return { bucket: { milliTokens: milliTokens - oneToken, at }, taken: true, waitMillis: 0 };
  }
  const waitMillis = Math.ceil((oneToken - milliTokens) / rate.perSecond);
  return { bucket: { milliTokens, at }, taken: false, waitMillis };
}

const oneToken = 1000;

/**
 * A clock that steps back refills nothing and takes nothing away. Within `clockJitterMillis` it is waited for,
 * or each small step back and forth would refill; a larger step is the new time, or the bucket would freeze.
 */
function refill(bucket: TokenBucket, { perSecond, burst }: Rate, now: number): TokenBucket {
  const elapsedMillis = Math.max(0, now - bucket.at);
  return {
    milliTokens: Math.min(burst * oneToken, bucket.milliTokens + elapsedMillis * perSecond),
    at: bucket.at - now > limits.clockJitterMillis ? now : Math.max(now, bucket.at),
  };
}
