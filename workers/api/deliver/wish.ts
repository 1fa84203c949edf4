import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { DeliveryProfile } from "../../../core/delivery/profile.ts";
import { sourceName } from "../../../core/delivery/source-reference.ts";
import type { OutputFormat } from "../../../core/image/formats.ts";
import { wishedFormats } from "../../../core/plan/format-negotiation.ts";
import { formatTransform } from "../../../core/transform/grammar.ts";
import type { Call } from "../route.ts";
import type { Place } from "./location-cache.ts";
import type { Granted } from "./read-asked.ts";

/** What one request may have: which tenant's picture, and in which form. */
export interface Wish {
  readonly call: Call;
  readonly profile: DeliveryProfile;
  readonly granted: Granted;
  /** When it was asked for, epoch milliseconds. */
  readonly now: number;
  /** It stands in for a better one that is being made. */
  readonly isInterim?: boolean;
}

/**
 * WebP at once where `auto` chose an AVIF that is not made yet: its encoder takes several times as long. Null: this
 * client takes no WebP, or the tenant wants AVIF or nothing.
 */
export function soonerThan(wish: Wish, format: OutputFormat): Wish | null {
  const { call, profile, granted } = wish;
  const { transform } = granted;
  if (transform.format !== "auto" || format !== "avif" || profile.settings.avif === "wait") {
    return null;
  }
  if (!wishedFormats(call.request.headers.get("Accept")).includes("webp")) return null;
  const sooner = { ...transform, format: "webp" } as const;
  return { ...wish, granted: { ...granted, transform: sooner }, isInterim: true };
}

/**
 * All that an answer follows from, once a URL is granted: the tenant as it stands (its version rises with every
 * change), the source, the transform in canonical form, and of `Accept` the formats that `auto` may choose from.
 * Whether this URL may have it was decided before.
 */
export function placeOf({ call, profile, granted: { source, transform } }: Wish): Place {
  const { tenant, version } = profile;
  const isNegotiated = transform.format === "auto";
  const wished = isNegotiated ? wishedFormats(call.request.headers.get("Accept")) : [];
  const folder = `${call.url.origin}/t/${tenant}/copies/${version}`;
  const name = [folder, sourceName(source), formatTransform(transform), wished.join()].join("\n");
  return {
    tenant,
    name,
    get key() {
      return `${folder}/${bytesToHex(sha256(utf8ToBytes(name)))}`;
    },
  };
}
