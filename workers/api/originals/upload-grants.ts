import {
  grantKey,
  isUsedForAnother,
  parseGrant,
  serializeGrant,
  type UploadGrant,
  type UsedFor,
} from "../../../core/delivery/uploads/upload-grant.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { callStorage, storageUnavailable } from "../call-storage.ts";

/** A grant as it was read, so that of several requests that use it at once only one is the first. */
export interface OpenGrant {
  readonly grant: UploadGrant;
  readonly etag: string;
}

/** The upload addresses of one tenant, each an object of R2 that is written twice: when it is made and when it is used. */
export class UploadGrants {
  readonly #bucket: R2Bucket;
  readonly #tenant: string;

  constructor(bucket: R2Bucket, tenant: string) {
    this.#bucket = bucket;
    this.#tenant = tenant;
  }

  async create(token: string, grant: UploadGrant): Promise<void> {
    await callStorage(this.#bucket.put(grantKey(this.#tenant, token), serializeGrant(grant)));
  }

  /** Null: there is none. */
  async find(token: string): Promise<OpenGrant | null> {
    const object = await callStorage(this.#bucket.get(grantKey(this.#tenant, token)));
    const grant = object && parseGrant(await callStorage(object.text()));
    return grant && { grant, etag: object.etag };
  }

  /**
   * Uses the grant for this picture: null, or the problem that it was used for another. R2 writes only over what was read
   * (RFC 9110 §13.1.1), so one of several wins.
   */
  async use(token: string, { grant, etag }: OpenGrant, picture: UsedFor): Promise<Problem | null> {
    if (grant.used) return isUsedForAnother(grant, picture) ? usedBefore : null;
    const key = grantKey(this.#tenant, token);
    const used = serializeGrant({ ...grant, used: picture });
    const put = this.#bucket.put(key, used, { onlyIf: { etagMatches: etag } });
    if (await callStorage(put)) return null;
    const now = await this.find(token);
    if (now?.grant.used) return isUsedForAnother(now.grant, picture) ? usedBefore : null;
    return storageUnavailable;
  }
}

export const usedBefore = problem(
  "upload-address-used",
  "An upload address takes one picture. Ask for a new address for this one.",
);
