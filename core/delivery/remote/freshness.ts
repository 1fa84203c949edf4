import { limits } from "../../limits.ts";

/** What an origin said about how long its answer stays true; each null where it said nothing. */
export interface OriginCaching {
  readonly cacheControl: string | null;
  readonly expires: string | null;
  readonly date: string | null;
  readonly age: string | null;
}

/**
 * For how many seconds a fetched picture is used without asking its origin again (RFC 9111 §4.2). Never
 * less and never more than our limits: an origin that forbids caching is asked a few times a minute, not at
 * every view.
 */
export function freshSeconds(said: OriginCaching): number {
  const seconds = lifetimeSeconds(said) - (wholeNumber(said.age ?? "") ?? 0);
  return Math.min(Math.max(seconds, limits.remoteFreshSecondsMin), limits.remoteFreshSecondsMax);
}

function lifetimeSeconds({ cacheControl, expires, date }: OriginCaching): number {
  const directives = (cacheControl ?? "").toLowerCase().split(",");
  const named = directives.map((directive) => directive.trim().split("=", 2));
  if (named.some(([name = ""]) => ["no-store", "no-cache", "private"].includes(name))) return 0;
  for (const wanted of ["s-maxage", "max-age"]) {
    const [, value = ""] = named.find(([name]) => name === wanted) ?? [];
    const seconds = wholeNumber(value.replaceAll('"', ""));
    if (seconds !== null) return seconds;
  }
  if (expires === null) return limits.remoteFreshSecondsDefault;
  // A date that cannot be read has passed (RFC 9111 §5.3).
  const lifetime = (Date.parse(expires) - Date.parse(date ?? "")) / 1000;
  return Number.isFinite(lifetime) ? lifetime : 0;
}

function wholeNumber(text: string): number | null {
  return /^\d{1,10}$/.test(text.trim()) ? Number(text) : null;
}

/** How the origin names the version that it sent (ETag, date), so that only another one is fetched. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** As an origin sent them; one without this form, or too long to keep, is ignored. */
export function validatorsOf(etag: string | null, lastModified: string | null): Validators {
  const isTag = etag !== null && etag.length <= limits.etagCharsMax && entityTag.test(etag);
  const isDate = lastModified !== null && httpDate.test(lastModified);
  return { etag: isTag ? etag : null, lastModified: isDate ? lastModified : null };
}

/** RFC 9110 §8.8.3, ASCII only. */
const entityTag = /^(?:W\/)?"[\x21\x23-\x7e]*"$/;
/** RFC 9110 §5.6.7. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
