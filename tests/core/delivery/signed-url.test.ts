import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { signUrl, verifyUrl, type DeliveryUrl } from "../../../core/delivery/signed-url.ts";

const tenant = "tnt_a";
const now = Date.UTC(2030, 0, 1);
const soon = now / 1000 + 60;
const first = { id: "sgn_1", secret: "0f".repeat(32), createdAt: 0 };
const second = { id: "sgn_2", secret: "e7".repeat(32), createdAt: 1 };
const path = "/image/width=800,format=auto/img_1";

function read(url: string, keys = [first, second], of = tenant, at = now) {
  const [urlPath = "", query = ""] = url.split(/\?(.*)/s);
  const verified = verifyUrl({ path: urlPath, query }, of, keys, at);
  return verified.ok ? verified.value : verified.error.kind;
}

describe("a signed URL", () => {
  test.each<[string, DeliveryUrl, number | null]>([
    ["plain", { path, query: "" }, null],
    ["with an end", { path, query: "" }, soon],
    [
      "with a source's own query",
      { path: "/image/w=1/https://a.example/x", query: "v=1&sig2=x" },
      soon,
    ],
    [
      "with escapes",
      { path: "/image/background=%23ff0000/https%3A%2F%2Fa.example%2F%C3%BC", query: "" },
      null,
    ],
  ])("%s is read as what was signed", (_, url, expiresAt) => {
    const signed = signUrl(url, tenant, first.secret, expiresAt);
    expect(read(signed)).toEqual({ ...url, signed: true, expiresAt });
    expect(read(signed, [second, first])).toEqual({ ...url, signed: true, expiresAt });
  });

  test("has a signature and an end under their own names, not under longer ones", () => {
    const plain = signUrl({ path, query: "" }, tenant, first.secret);
    expect(read(plain.replace("?sig=", "?xsig="))).toMatchObject({ signed: false });
    const query = "xexp=1";
    expect(read(signUrl({ path, query }, tenant, first.secret))).toEqual({
      ...{ path, query, signed: true, expiresAt: null },
    });
  });

  test("can be made in one line of any language", () => {
    const covered = `${path}?exp=${soon}`;
    const sig = createHmac("sha256", first.secret).update(`${tenant}${covered}`).digest("hex");
    expect(signUrl({ path, query: "" }, tenant, first.secret, soon)).toBe(`${covered}&sig=${sig}`);
    const plain = createHmac("sha256", first.secret).update(`${tenant}${path}`).digest("hex");
    expect(signUrl({ path, query: "" }, tenant, first.secret)).toBe(`${path}?sig=${plain}`);
  });

  test("ends at its second, and with its key", () => {
    const signed = signUrl({ path, query: "" }, tenant, first.secret, soon);
    expect(read(signed, [first], tenant, soon * 1000 - 1)).toMatchObject({ signed: true });
    expect(read(signed, [first], tenant, soon * 1000)).toBe("expired");
    expect(read(signed, [second])).toBe("signature");
    expect(read(signed, [])).toBe("signature");
  });

  test.each([
    ["before another parameter", `exp=${soon}&v=1`],
    ["of a moment ago, before another", "exp=1&v=1"],
    ["twice", `exp=1&exp=${soon}`],
    ["that is no number", "exp=soon"],
    ["that is none for us", `exp=${soon}.5`],
    ["with its name escaped", `ex%70=${soon}`],
    ["as long as time", `exp=${"9".repeat(13)}`],
    ["that is empty", "exp="],
  ])("with an end %s is refused, not taken as one without", (_, query) => {
    const signed = signUrl({ path, query }, tenant, first.secret);
    expect(read(signed)).toBe("unreadable");
    expect(read(`${signed}0`)).toBe("signature");
  });

  test("a URL without a signature is read as it is", () => {
    expect(read(`${path}?v=1`)).toEqual({ path, query: "v=1", signed: false, expiresAt: null });
  });
});

test("no change to a signed URL is taken for signed", () => {
  const signed = signUrl({ path, query: "v=1" }, tenant, first.secret, soon);
  const sig = signed.slice(signed.lastIndexOf("=") + 1);
  const changed = new Set([
    // Each character of the URL in turn: another one, gone, and twice.
    ...Array.from(signed, (character, index) =>
      [character === "0" ? "1" : "0", "", character + character].map(
        (other) => signed.slice(0, index) + other + signed.slice(index + 1),
      ),
    ).flat(),
    signed.replace("width=800", "width=8000"),
    signed.replace("width=800,format=auto", "format=auto,width=800"),
    signed.replace("img_1", "img%5F1"),
    signed.replace("/image/", "//image/"),
    signed.replace("/image/", "/cdn-cgi/image/"),
    signed.replace("v=1&", ""),
    signed.replace("v=1", "v=1&v=2"),
    signed.replace(`exp=${soon}`, `exp=${soon + 1}`),
    signed.replace(`exp=${soon}&`, ""),
    signed.replace(`exp=${soon}`, `exp=${soon}&exp=${soon + 1}`),
    `${signed}&v=2`,
    `${signed}&sig=${sig}`,
    `${signed}%00`,
    `${signed}=`,
    signed.replace(sig, sig.toUpperCase()),
    signed.replace(sig, `${sig}00`),
    signed.replace(sig, sig.slice(0, 32)),
    signed.replace(sig, ""),
    signed.replace(sig, "0".repeat(64)),
    signed.replace(sig, btoa(sig)),
    signed.replace("sig=", "SIG="),
    signed.replace("sig=", "sig[]="),
    signed.replace("&sig=", ";sig="),
  ]);
  changed.delete(signed);
  expect(changed.size).toBeGreaterThan(300);
  const accepted = [...changed].filter((url) => {
    const verified = read(url);
    return typeof verified === "object" && verified.signed;
  });
  expect(accepted).toEqual([]);
  expect(read(signed, [first], "tnt_b")).toBe("signature");
});
