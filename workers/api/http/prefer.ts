import { limits } from "../../../core/limits.ts";

/**
 * How long the client is willing to wait for a settled job (`Prefer: wait`, RFC 7240 §4.3), shortened to
 * what we offer. 0 for `respond-async`, without the header, and for values that cannot be read.
 */
export function waitMillis(prefer: string | null): number {
  const preferences = (prefer ?? "").split(",").map((part) => part.trim().toLowerCase());
  if (preferences.includes("respond-async")) return 0;
  const wait = preferences.find((preference) => /^wait\s*=\s*"?\d+"?$/.test(preference));
  const seconds = Number(wait?.replace(/\D/g, "") ?? 0);
  return Math.min(seconds, limits.waitSecondsMax) * 1000;
}

/** Whether the client wants the picture rather than the job: `Accept` prefers an image type to JSON. */
export function wantsPicture(accept: string | null): boolean {
  const weights = (accept ?? "").split(",").map((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    return { type, weight: q === undefined ? 1 : Number(q.slice(2)) || 0 };
  });
  const heaviest = (matches: (type: string) => boolean) =>
    Math.max(0, ...weights.filter(({ type }) => matches(type)).map(({ weight }) => weight));
  const image = heaviest((type) => type.startsWith("image/"));
  return image > heaviest((type) => type === "application/json");
}
