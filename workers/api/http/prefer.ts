import { limits } from "../../../core/limits.ts";

/**
 * How long the client would hold the request for a finished job, from `Prefer` (RFC 7240 §4.3): seconds,
 * cut to what is offered; 0 for `respond-async`, an absent field or nonsense, which RFC 7240 ignores.
 */
export function waitMillis(prefer: string | null): number {
  const preferences = (prefer ?? "").split(",").map((part) => part.trim().toLowerCase());
  if (preferences.includes("respond-async")) return 0;
  const wait = preferences.find((preference) => /^wait\s*=\s*"?\d+"?$/.test(preference));
  const seconds = Number(wait?.replace(/\D/g, "") ?? 0);
  return Math.min(seconds, limits.waitSecondsMax) * 1000;
}

/** Whether the picture itself is wanted rather than the job: an image type is named, and JSON not before it. */
export function wantsPicture(accept: string | null): boolean {
  const weights = (accept ?? "").split(",").map((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    return { type, weight: q === undefined ? 1 : Number(q.slice(2)) || 0 };
  });
  const heaviest = (matches: (type: string) => boolean) =>
    Math.max(0, ...weights.filter(({ type }) => matches(type)).map(({ weight }) => weight));
  const image = heaviest((type) => type.startsWith("image/"));
  return image > 0 && image > heaviest((type) => type === "application/json");
}
