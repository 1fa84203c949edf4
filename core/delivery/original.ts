import type { ImageInfo } from "../image/image-info.ts";

/** A picture that a tenant has stored, to have it delivered. Named by its bytes: the same are stored once. */
export interface Original {
  readonly id: string;
  readonly bytes: number;
  readonly info: ImageInfo;
  /** Epoch milliseconds. */
  readonly storedAt: number;
}

/** `img_` and the SHA-256 of the bytes in hex, so that anybody can check what an id stands for. */
export const originalId = (sha256: string): string => `img_${sha256}`;

export const originalIdPattern = /^img_[0-9a-f]{64}$/;

/** Where it lies in R2. The tenant comes first, as everywhere: nothing of another tenant's can be named. */
export const originalKey = (tenant: string, id: string): string =>
  `${originalsPrefix(tenant)}${id.slice("img_".length)}`;

export const allOriginalsPrefix = "originals/";

export const originalsPrefix = (tenant: string): string => `${allOriginalsPrefix}${tenant}/`;

export const originalOfKey = (key: string): string =>
  originalId(key.slice(key.lastIndexOf("/") + 1));
