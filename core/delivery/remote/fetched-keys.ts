import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** Tenants do not share what they fetched: what one may fetch, another may not. */
export const recordKey = (tenant: string, url: string): string =>
  `${recordsPrefix(tenant)}${bytesToHex(sha256(utf8ToBytes(url)))}`;

export const recordsPrefix = (tenant: string): string => `${fetchedPrefix(tenant)}urls/`;

export const fetchedPrefix = (tenant: string): string => `fetched/${tenant}/`;

export const fetchedKey = (tenant: string, hash: string): string =>
  `${fetchedPicturesPrefix(tenant)}${hash}`;

/**
 * Rewritten by each purge of one thing: the hash of a source or of its URL, or a tag; of everything where that is
 * empty. R2 takes one write a second under a key.
 */
export const purgeMarkKey = (tenant: string, of = ""): string =>
  `${fetchedPrefix(tenant)}purged${of && `/${of}`}`;

const fetchedPicturesPrefix = (tenant: string): string => `${fetchedPrefix(tenant)}pictures/`;
