import { convertToSrgb, readColourProfile, type ColourProfile } from "./icc.ts";
import type { Bitmap } from "../pixels/bitmap.ts";
import { bytesAt, type Workspace } from "../pixels/workspace.ts";

/** What is done with the source's colours: renditions are sRGB, or carry the profile that says what they are. */
export interface Colours {
  readonly profile: ColourProfile;
  /** The profile that the rendition must carry, where it cannot be converted. */
  readonly carried?: Uint8Array;
}

export function coloursOf(icc: Uint8Array | undefined): Colours {
  if (!icc) return { profile: { kind: "srgb" } };
  const profile = readColourProfile(icc);
  return profile.kind === "opaque" ? { profile, carried: icc } : { profile };
}

/** Converts the (small) picture where it lies. */
export function toSrgb(workspace: Workspace, bitmap: Bitmap, { profile }: Colours): void {
  if (profile.kind !== "convertible") return;
  const { pointer, width, height } = bitmap;
  convertToSrgb(bytesAt(workspace, pointer, width * height * 4), profile);
}
