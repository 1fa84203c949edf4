import { pause } from "../../../core/deadline.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, type Result } from "../../../core/result.ts";
import { UploadLine } from "./upload-line.ts";

/** A picture under way. */
interface Upload {
  readonly tenant: string;
  /** What is in memory of it. */
  readonly bytes: number;
  readonly since: number;
}

/**
 * The pictures that this isolate is taking in, from before their first byte is read until they are stored. An
 * isolate has 128 MB, so there is a bound; what exceeds it is refused before it is read. A tenant may hold as
 * much as it leaves free: one that fills the isolate gets half of it, and the next one finds room. One
 * whose pictures already wait too long for their turn is refused too.
 *
 * Dynamic thresholds: A. Choudhury, E. Hahne, "Dynamic queue length thresholds for shared-memory packet
 * switches", 1998.
 */
export class Uploads {
  readonly line = new UploadLine();
  readonly #underWay = new Set<Upload>();

  /** Does `work`, which takes in the request's body, or refuses it where there is no room. A long form waits for it. */
  within<Value, Refusal>(
    tenant: string,
    { headers }: Pick<Request, "headers">,
    work: () => Promise<Result<Value, Refusal>>,
  ): Promise<Result<Value, Refusal | Problem>> {
    const bytes = heldBytes(headers);
    // Of no other body is as much in memory: a handful of them fill the tenant's share.
    const isLongForm = bytes > limits.headBytesMax;
    return isLongForm ? this.holdingSoon(tenant, bytes, work) : this.holding(tenant, bytes, work);
  }

  /** The same for a body that can wait: of a picture that is to be stored, whose sender may be a page with many. */
  withinSoon<Value, Refusal>(
    tenant: string,
    { headers }: Pick<Request, "headers">,
    work: () => Promise<Result<Value, Refusal>>,
  ): Promise<Result<Value, Refusal | Problem>> {
    return this.holdingSoon(tenant, heldBytes(headers), work);
  }

  /** The same for a picture that comes in otherwise, of which at most this many bytes are in memory. */
  async holding<Value, Refusal>(
    tenant: string,
    bytes: number,
    work: () => Promise<Result<Value, Refusal>>,
  ): Promise<Result<Value, Refusal | Problem>> {
    const now = Date.now();
    const upload: Upload = { tenant, bytes, since: now };
    this.#forgetDead(now);
    if (this.line.isLong(tenant, now) || !this.#hasRoom(upload)) return err(tooManyUploads);
    this.#underWay.add(upload);
    try {
      return await work();
    } finally {
      this.#underWay.delete(upload);
    }
  }

  /** The same for one that can wait for room. It looks by itself: a request that would wake it may have died. */
  async holdingSoon<Value, Refusal>(
    tenant: string,
    bytes: number,
    work: () => Promise<Result<Value, Refusal>>,
  ): Promise<Result<Value, Refusal | Problem>> {
    const looksMax = limits.lineMillisMax / limits.roomLookMillis;
    for (let looks = 0; looks < looksMax; looks++) {
      const now = Date.now();
      this.#forgetDead(now);
      if (this.#hasRoom({ tenant, bytes, since: now })) break;
      await pause(globalThis, limits.roomLookMillis);
    }
    return this.holding(tenant, bytes, work);
  }

  #hasRoom(more: Upload): boolean {
    let [all, allBytes, own, ownBytes] = [0, 0, 1, more.bytes];
    for (const { tenant, bytes } of this.#underWay) {
      all += 1;
      allBytes += bytes;
      if (tenant !== more.tenant) continue;
      own += 1;
      ownBytes += bytes;
    }
    return own <= limits.uploadsMax - all && ownBytes <= limits.uploadsBytesMax - allBytes;
  }

  /** Removes entries of requests that died: nothing else does. Also when the clock has stepped since, either way. */
  #forgetDead(now: number): void {
    const millisMax = limits.uploadMillisMax + limits.uploadGraceMillis;
    for (const upload of this.#underWay) {
      if (Math.abs(now - upload.since) >= millisMax) this.#underWay.delete(upload);
    }
  }
}

/**
 * What is in memory of a body: all of a short one; of a long one its head, and of a form an overlay and a part for
 * R2.
 */
function heldBytes(headers: Headers): number {
  const length = Number(headers.get("Content-Length") ?? 0);
  if (length <= limits.heldBytesMax) return length;
  const inParts = headers.get("Content-Type")?.startsWith("multipart/") === true;
  return limits.headBytesMax + (inParts ? limits.overlayBytesMax + limits.uploadPartBytes : 0);
}

const tooManyUploads = problem(
  "overloaded",
  "Too many pictures of this tenant are being uploaded here. Send it again after Retry-After.",
  { retryAfterMillis: limits.unavailableRetryMillis },
);
