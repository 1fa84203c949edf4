import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { DialectSecrets } from "../../../../core/delivery/dialects/dialect.ts";
import { every, id, now, read, readingOf } from "../reading.ts";

describe("a signed dialect", () => {
  const key = "0102030405060708";
  const salt = "f0e0d0c0";
  const imgproxyPath = "/rs:fill:300:200/exp:1893456001/plain/https://e.com/i.jpg";
  const imgproxySignature = createHmac("sha256", Buffer.from(key, "hex"))
    .update(Buffer.from(salt, "hex"))
    .update(imgproxyPath)
    .digest("base64url");
  const imgixSignature = (text: string) => createHash("md5").update(`token${text}`).digest("hex");
  const deliverySignature = (text: string) =>
    createHmac("sha256", "secret").update(text).digest("hex");
  const secrets: DialectSecrets = {
    imgproxy: [
      { key: "ffff", salt: "00" },
      { key, salt },
    ],
    imgix: ["other", "token"],
    imagedelivery: ["other", "secret"],
  };
  const soon = now / 1000 + 60;

  test.each([
    [
      "imgproxy",
      `/${imgproxySignature}${imgproxyPath}`,
      "width=300,height=200,fit=crop @ https://e.com/i.jpg",
    ],
    ["imgix", `/a.png?w=3&s=${imgixSignature("/a.png?w=3")}`, "width=3 @ /a.png"],
    ["imgix", `/a.png?s=${imgixSignature("/a.png")}`, " @ /a.png"],
    [
      "imagedelivery",
      `/acme/${id}/card?exp=${soon}&sig=${deliverySignature(`/acme/${id}/card?exp=${soon}`)}`,
      `preset card @ ${id}`,
    ],
    [
      "imagedelivery",
      `/acme/${id}/card?sig=${deliverySignature(`/acme/${id}/card`)}`,
      `preset card @ ${id}`,
    ],
  ])("%s accepts what a live key signed", (name, written, expected) => {
    expect(read(written, [name], secrets).replace(",fit=contain", "")).toBe(
      expected.replace(",fit=contain", ""),
    );
  });

  test.each([
    ["imgproxy", `/${imgproxySignature}${imgproxyPath.replace("300", "301")}`],
    ["imgproxy", `/${imgproxySignature.slice(0, -1)}${imgproxyPath}`],
    ["imgproxy", `/insecure${imgproxyPath}`],
    ["imgix", `/a.png?w=4&s=${imgixSignature("/a.png?w=3")}`],
    ["imgix", "/a.png?w=3"],
    ["imgix", `/b.png?s=${imgixSignature("/a.png")}`],
    ["imgix", `/a.png?w=3&s=${imgixSignature("/a.png?w=3")}&h=4`],
    ["imgix", `/a.png?xs=${imgixSignature("/a.png")}`],
    ["imagedelivery", `/acme/${id}/card`],
    [
      "imagedelivery",
      `/acme/${id}/card?exp=${soon + 1}&sig=${deliverySignature(`/acme/${id}/card?exp=${soon}`)}`,
    ],
  ])("%s refuses %s", (name, written) => {
    expect(read(written, [name], secrets)).toBe("signature");
  });

  test("says that a signature has expired only when it is right", () => {
    const old = imgproxyPath.replace("1893456001", "1893455999");
    const signature = createHmac("sha256", Buffer.from(key, "hex"))
      .update(Buffer.from(salt, "hex"))
      .update(old)
      .digest("base64url");
    expect(read(`/${signature}${old}`, ["imgproxy"], secrets)).toBe("expired");
    expect(read(`/insecure${old}`, ["imgproxy"], secrets)).toBe("signature");
    const past = `/a.png?expires=1893455999`;
    expect(read(`${past}&s=${imgixSignature(past)}`, ["imgix"], secrets)).toBe("expired");
    const gone = `/acme/${id}/card?exp=1893455999`;
    expect(read(`${gone}&sig=${deliverySignature(gone)}`, ["imagedelivery"], secrets)).toBe(
      "expired",
    );
  });

  test.each([
    ["imgproxy", (end: number) => `/x/exp:${end}/plain/https://e.com/i.jpg`],
    ["imgix", (end: number) => `/a.png?expires=${end}`],
    ["imagedelivery", (end: number) => `/acme/${id}/card?exp=${end}`],
  ])("%s answers until the second of its end, signed or not", (name, urlUntil) => {
    const at = now / 1000;
    expect(read(urlUntil(at), [name])).toBe("expired");
    expect(read(urlUntil(at + 1), [name])).not.toBe("expired");
    expect(readingOf(urlUntil(at + 1), [name])).toMatchObject({
      value: { expiresAt: at + 1, signed: false },
    });
  });

  test.each([
    ["imgix", "/a.png?expires=soon"],
    ["imagedelivery", `/acme/${id}/card?exp=soon`],
  ])("%s takes an end that is no number for one that has passed", (name, url) => {
    expect(read(url, [name])).toBe("expired");
  });

  test.each([
    ["imgix", "/a.png?w=3"],
    ["imagedelivery", `/acme/${id}/card`],
    ["imgproxy", "/x/w:3/plain/https://e.com/i.jpg"],
  ])("%s answers for good where no end is named", (name, url) => {
    expect(readingOf(url, [name])).toMatchObject({ value: { expiresAt: null } });
  });

  test("is said to be signed only by keys of its own", () => {
    const url = `/${imgproxySignature}${imgproxyPath}`;
    expect(readingOf(url, ["imgproxy"], secrets)).toMatchObject({ value: { signed: true } });
    expect(readingOf(url, ["imgproxy"])).toMatchObject({ value: { signed: false } });
    const others = { imgix: ["token"], imagedelivery: ["secret"] };
    expect(readingOf(url, ["imgproxy"], others)).toMatchObject({ value: { signed: false } });
    expect(readingOf("/image/width=3/a.png", every, secrets)).toMatchObject({
      value: { signed: false },
    });
  });

  test("leaves a path to the dialect whose signature fits", () => {
    const path = `/x/w:3/plain/https://e.com/i.jpg`;
    expect(read(`${path}?s=${imgixSignature(path)}`, every, secrets)).toBe(
      " @ /x/w:3/plain/https://e.com/i.jpg",
    );
    expect(read(path, every, secrets)).toBe("signature");
  });

  test("imgproxy's signature is base64url of all its bytes", () => {
    expect(read(`/${imgproxySignature}!${imgproxyPath}`, ["imgproxy"], secrets)).toBe("signature");
    expect(read(`/${imgproxySignature}=${imgproxyPath}`, ["imgproxy"], secrets)).not.toBe(
      "signature",
    );
  });
});
