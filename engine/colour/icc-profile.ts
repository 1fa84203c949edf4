import { limits } from "../../core/limits.ts";

/** An ICC profile's header and tags (ICC.1:2022, 7). */
export interface IccProfile {
  /** Signatures of the colours it is about, and of those it connects them to. */
  readonly space: string;
  readonly connectionSpace: string;
  readonly tags: ReadonlyMap<string, DataView>;
}

/** Undefined for what is no profile. Tags that do not lie within it are left out. */
export function readIccProfile(icc: Uint8Array): IccProfile | undefined {
  const profile = new DataView(icc.buffer, icc.byteOffset, icc.byteLength);
  if (icc.length < headerBytes + 4 || signatureAt(profile, 36) !== "acsp") return undefined;
  return {
    space: signatureAt(profile, 16),
    connectionSpace: signatureAt(profile, 20),
    tags: readTags(profile),
  };
}

export function signatureAt(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(at + index)));
}

/** s15Fixed16Number. */
export function fixedAt(view: DataView, at: number): number {
  return view.getInt32(at) / 65_536;
}

const headerBytes = 128;

function readTags(profile: DataView): ReadonlyMap<string, DataView> {
  const tags = new Map<string, DataView>();
  const count = Math.min(profile.getUint32(headerBytes), limits.iccTagsMax);
  for (let index = 0; index < count; index++) {
    const at = headerBytes + 4 + index * 12;
    if (at + 12 > profile.byteLength) break;
    const offset = profile.getUint32(at + 4);
    const length = profile.getUint32(at + 8);
    if (offset + length > profile.byteLength || length < 8) continue;
    const tag = new DataView(profile.buffer, profile.byteOffset + offset, length);
    tags.set(signatureAt(profile, at), tag);
  }
  return tags;
}
