import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { DeliveryProfile } from "../../../../core/delivery/profile.ts";
import { defaultSettings, type DeliverySettings } from "../../../../core/delivery/settings.ts";
import { signUrl } from "../../../../core/delivery/signed-url.ts";
import { plans } from "../../../../core/identity/tenant-limits.ts";
import { formatTransform } from "../../../../core/transform/grammar.ts";
import { readAsked } from "../../../../workers/api/deliver/read-asked.ts";

const now = Date.UTC(2030, 0, 1);
const tenant = "tnt_00000000000000000000000000";
const key = { id: "sgn_1", secret: "ab".repeat(32), createdAt: 0 };
const id = `img_${"0".repeat(64)}`;

/** The options that a URL is answered with, or the problem. */
function read(url: string, settings: Partial<DeliverySettings> = {}) {
  const asked = ask(url, settings);
  return asked.ok ? formatTransform(asked.value.transform) : asked.error.code;
}

function ask(url: string, settings: Partial<DeliverySettings>) {
  const profile: DeliveryProfile = {
    tenant,
    home: null,
    shards: [{ shards: 1, since: 0 }],
    limits: plans.free,
    version: 1,
    status: "active",
    settings: { ...defaultSettings, presets: { card: "width=320,fit=cover" }, ...settings },
    signingKeys: [key],
  };
  const [path = "", query = ""] = url.split(/\?(.*)/s);
  return readAsked({ path, query }, profile, now);
}

const free = `/image/width=10/${id}`;
const card = `/image/preset=card/${id}`;
const sign = (path: string, expiresAt: number | null = null) =>
  signUrl({ path, query: "" }, tenant, key.secret, expiresAt);

describe("by the tenant's mode", () => {
  test.each([
    ["public", free, "width=10"],
    ["public", card, "width=320,fit=cover"],
    ["public", sign(free), "width=10"],
    ["presets", free, "preset-required"],
    ["presets", card, "width=320,fit=cover"],
    ["presets", sign(free), "width=10"],
    ["signed", free, "signature-invalid"],
    ["signed", card, "signature-invalid"],
    ["signed", sign(free), "width=10"],
    ["signed", sign(card), "width=320,fit=cover"],
  ] as const)("%s: %s", (mode, url, expected) => {
    expect(read(url, { mode })).toBe(expected);
  });
});

test.each([
  [`${sign(free)}0`, "signature-invalid"],
  [sign(free, now / 1000), "signature-expired"],
  [sign(free, now / 1000 + 1), "width=10"],
  [`/image/preset=none/${id}`, "invalid-option"],
  [`/image/preset=constructor/${id}`, "invalid-option"],
  ["/", "not-found"],
])("%s: %s", (url, expected) => {
  expect(read(url)).toBe(expected);
});

describe("by a dialect's own signature", () => {
  const path = `/acme/${id}/width=10`;
  const signatureOf = (text: string) => createHmac("sha256", "theirs").update(text).digest("hex");
  const signature = signatureOf(path);
  const over = `${path}?exp=${now / 1000}`;
  const dialects = { imagedelivery: { keys: ["theirs"] }, ipx: {} };

  test.each<[Partial<DeliverySettings>, string, string]>([
    [{ dialects }, `${path}?sig=${signature}`, "width=10"],
    [{ dialects, mode: "signed" }, `${path}?sig=${signature}`, "width=10"],
    [{ dialects }, `${over}&sig=${signatureOf(over)}`, "signature-expired"],
    [{ dialects }, path, "signature-invalid"],
    [{ dialects }, `${path}?sig=${"0".repeat(64)}`, "signature-invalid"],
    [{}, `${path}?sig=${signature}`, "signature-invalid"],
    [{ dialects }, `/_ipx/w_10/${id}`, "width=10"],
    [{ dialects, mode: "signed" }, `/_ipx/w_10/${id}`, "signature-invalid"],
    [{ dialects, mode: "presets" }, `/_ipx/w_10/${id}`, "preset-required"],
    [{ dialects, mode: "signed" }, sign(`/_ipx/w_10/${id}`), "width=10"],
    [{}, `/_ipx/w_10/${id}`, "not-found"],
  ])("%j: %s is %s", (settings, url, expected) => {
    expect(read(url, settings)).toBe(expected);
  });
});

test("what cannot be read names the option that is wrong", () => {
  expect(ask(`/image/width=wide/${id}`, {})).toMatchObject({ error: { option: "width" } });
});

test.each([
  [sign(free, now / 1000 + 60), 60],
  [`/x/w:10/exp:${now / 1000 + 30}/plain/${id}`, 30],
  [`/${id}?w=10&expires=${now / 1000 + 20}`, 20],
  [`/acme/${id}/width=10?exp=${now / 1000 + 10}`, 10],
  [sign(`/x/w:10/exp:${now / 1000 + 30}/plain/${id}`, now / 1000 + 60), 30],
  [free, null],
])("no cache is to keep a picture for longer than its URL lasts: %s", (url, seconds) => {
  const asked = ask(url, { dialects: { imgproxy: {}, imgix: {}, imagedelivery: {} } });
  const end = seconds === null ? null : now / 1000 + seconds;
  expect(asked).toMatchObject({ ok: true, value: { expiresAt: end } });
});
