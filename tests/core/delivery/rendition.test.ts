import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { hasExpired, renditionIdempotency, renditionOf } from "../../../core/delivery/rendition.ts";
import { DAY } from "../../../core/magnitudes.ts";
import { engineVersion } from "../../../core/plan/engine-version.ts";
import { defaults } from "../transform/default-transform.ts";

const source = "5".repeat(64);
const asked = { ...defaults, width: 320, format: "webp" } as const;

test("a rendition's name is what its bytes follow from, and nothing else", () => {
  const text = `${source}\nwidth=320,format=webp\n${engineVersion}`;
  const digest = createHash("sha256").update(text).digest("hex");
  expect(renditionOf("tnt_a", source, asked)).toEqual({
    digest,
    key: `renditions/tnt_a/${source}/${digest}`,
  });
});

test("two tenants' renditions of the same bytes are two objects", () => {
  const [one, other] = ["tnt_a", "tnt_b"].map((tenant) => renditionOf(tenant, source, asked).key);
  expect(one).not.toBe(other);
});

test("a rendition is one job under a key that no client can send", () => {
  const rendition = renditionOf("tnt_a", source, asked);
  const { key, fingerprint } = renditionIdempotency(rendition);
  expect(key).toBe(`rendition\n${rendition.digest}`);
  expect(fingerprint).toContain(rendition.digest);
});

test("a rendition is kept for as long as its tenant keeps jobs", () => {
  const storedAt = 5;
  const end = storedAt + 2 * DAY;
  expect(hasExpired(storedAt, { retentionDays: 2 }, end - 1)).toBe(false);
  expect(hasExpired(storedAt, { retentionDays: 2 }, end)).toBe(true);
});
