import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, type Result } from "../../../core/result.ts";

/** A share of what an isolate may take in at once. */
interface Share {
  readonly uploads: number;
  readonly bytes: number;
}

const nothing: Share = { uploads: 0, bytes: 0 };

/**
 * The pictures that this isolate is taking in, from before their first byte is read until they are stored. An
 * isolate has 128 MB, so there is a bound; what exceeds it is refused before it is read. A tenant may hold as
 * much as it leaves free: one that fills the isolate gets half of it, and whoever comes next finds room.
 *
 * Dynamic thresholds: A. Choudhury, E. Hahne, "Dynamic queue length thresholds for shared-memory packet
 * switches", 1998.
 */
export class Uploads {
  readonly #byTenant = new Map<string, Share>();
  #all: Share = nothing;

  /** Does `work`, which takes in the request's body, or refuses it where there is no room. */
  async within<Value, Refusal>(
    tenant: string,
    { headers }: Pick<Request, "headers">,
    work: () => Promise<Result<Value, Refusal>>,
  ): Promise<Result<Value, Refusal | Problem>> {
    const taken: Share = { uploads: 1, bytes: heldBytes(headers) };
    if (!this.#hasRoom(tenant, taken)) return err(tooManyUploads);
    this.#add(tenant, taken, 1);
    try {
      return await work();
    } finally {
      this.#add(tenant, taken, -1);
    }
  }

  #hasRoom(tenant: string, more: Share): boolean {
    const own = this.#byTenant.get(tenant) ?? nothing;
    const free = {
      uploads: limits.uploadsMax - this.#all.uploads,
      bytes: limits.uploadsBytesMax - this.#all.bytes,
    };
    return own.uploads + more.uploads <= free.uploads && own.bytes + more.bytes <= free.bytes;
  }

  #add(tenant: string, { uploads, bytes }: Share, times: 1 | -1): void {
    const sum = (share: Share) => ({
      uploads: share.uploads + times * uploads,
      bytes: share.bytes + times * bytes,
    });
    this.#all = sum(this.#all);
    const own = sum(this.#byTenant.get(tenant) ?? nothing);
    if (own.uploads === 0) this.#byTenant.delete(tenant);
    else this.#byTenant.set(tenant, own);
  }
}

/** What is in memory of a body: all of a short one; of a long one its head, and of a form an overlay and a part for R2. */
function heldBytes(headers: Headers): number {
  const length = Number(headers.get("Content-Length") ?? 0);
  if (length <= limits.heldBytesMax) return length;
  const inParts = headers.get("Content-Type")?.startsWith("multipart/") === true;
  return limits.headBytesMax + (inParts ? limits.overlayBytesMax + limits.uploadPartBytes : 0);
}

const tooManyUploads = problem(
  "overloaded",
  "Too many pictures are being taken in here, and this tenant sends most of them. Send it again after Retry-After.",
  { retryAfterMillis: limits.unavailableRetryMillis },
);
