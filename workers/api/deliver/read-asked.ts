import type { Asked, Unanswerable } from "../../../core/delivery/asked.ts";
import { secretsOf } from "../../../core/delivery/dialect-settings.ts";
import type { DeliveryProfile } from "../../../core/delivery/profile.ts";
import { readUrl } from "../../../core/delivery/read-url.ts";
import { verifyUrl, type DeliveryUrl } from "../../../core/delivery/signed-url.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { parseOptionList } from "../../../core/transform/grammar.ts";
import type { Transform } from "../../../core/transform/transform.ts";

/** What a URL asks for and may ask for, its preset looked up. */
export interface Granted {
  readonly source: Asked["source"];
  readonly transform: Transform;
  readonly onerror: Asked["onerror"];
  /** Seconds since the epoch at which the URL ends; null: never. */
  readonly expiresAt: number | null;
}

/** Reads a URL below the tenant's root, by the tenant's own rules. */
export function readAsked(
  url: DeliveryUrl,
  { tenant, settings, signingKeys }: DeliveryProfile,
  now: number,
): Result<Granted, Problem> {
  const { dialects } = settings;
  const verified = verifyUrl(url, tenant, signingKeys, now);
  const {
    path,
    query,
    expiresAt: ours,
  } = verified.ok ? verified.value : { ...url, expiresAt: null };
  const secrets = secretsOf(dialects);
  const reading = readUrl({ path, query, secrets, now }, Object.keys(dialects));
  // imagedelivery.net's URLs end in a `sig` too, which is not ours.
  const isTheirs = reading?.ok ? reading.value.signed : reading?.error.kind === "expired";
  if (!verified.ok && !isTheirs) return err(unanswerable(verified.error));
  if (reading === null) return err(noSuchPath);
  if (!reading.ok) return err(unanswerable(reading.error));
  const { source, rendition, onerror } = reading.value;
  const expiresAt = earlier(ours, reading.value.expiresAt);
  const signed = (verified.ok && verified.value.signed) || reading.value.signed;
  if (settings.mode === "signed" && !signed) return err(unsigned);
  if ("preset" in rendition) {
    const transform = presetOf(settings.presets, rendition.preset);
    return transform ? ok({ source, transform, onerror, expiresAt }) : err(noSuchPreset);
  }
  if (settings.mode === "presets" && !signed) return err(presetsOnly);
  return ok({ source, transform: rendition, onerror, expiresAt });
}

function unanswerable(reason: Unanswerable): Problem {
  switch (reason.kind) {
    case "expired":
      return hasExpired;
    case "signature":
      return wrongSignature;
    case "unreadable":
      return problem("invalid-option", reason.detail, { option: reason.option });
  }
}

/** Null is never. */
const earlier = (one: number | null, other: number | null) =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

/** What a preset of this name stands for; null: there is none. */
export function presetOf(
  presets: Readonly<Record<string, string>>,
  name: string,
): Transform | null {
  if (!Object.hasOwn(presets, name)) return null;
  const parsed = parseOptionList(presets[name] ?? "");
  return parsed.ok ? parsed.value : null;
}

const noSuchPath = problem(
  "not-found",
  "This is not the URL of a picture. Write it as /image/<options>/<source>.",
);
const noSuchPreset = problem("invalid-option", "There is no preset of this name.", {
  option: "preset",
});
const wrongSignature = problem(
  "signature-invalid",
  "The signature does not fit this URL. Sign it again; nothing may be changed or added afterwards.",
);
const unsigned = problem(
  "signature-invalid",
  "Only signed URLs are delivered here, and this one has no signature.",
);
const hasExpired = problem("signature-expired", "The URL has expired. Ask for a new one.");
const presetsOnly = problem(
  "preset-required",
  "Only presets are allowed here. Write preset=<name> instead of options, or sign the URL.",
);
