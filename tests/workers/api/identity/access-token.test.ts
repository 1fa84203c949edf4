import { beforeAll, describe, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { AccessTokens } from "../../../../workers/api/identity/access-token.ts";

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const settings = { team: "shop.cloudflareaccess.com", audience: "aud-1" };
const now = Date.UTC(2026, 10, 28);
const seconds = now / 1000;
const header = { alg: "RS256", kid: "k1" };
const claims = {
  ...{ iss: "https://shop.cloudflareaccess.com", aud: ["other", "aud-1"] },
  ...{ exp: seconds + 60, nbf: seconds - 60, email: "sue@example.com" },
};

let signer: CryptoKey;
let published: JsonWebKey;
let stranger: CryptoKey;
beforeAll(async () => {
  const options = { ...algorithm, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const newPair = () =>
    crypto.subtle.generateKey(options, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
  const [own, other] = await Promise.all([newPair(), newPair()]);
  [signer, stranger] = [own.privateKey, other.privateKey];
  published = (await crypto.subtle.exportKey("jwk", own.publicKey)) as JsonWebKey;
});

const encoded = (value: Uint8Array | string) => Buffer.from(value).toString("base64url");

async function tokenOf(
  change: { header?: object; claims?: object; key?: CryptoKey } = {},
): Promise<string> {
  const text = [
    { ...header, ...change.header },
    { ...claims, ...change.claims },
  ]
    .map((part) => encoded(JSON.stringify(part)))
    .join(".");
  const bytes = new TextEncoder().encode(text);
  const signature = await crypto.subtle.sign(algorithm, change.key ?? signer, bytes);
  return `${text}.${encoded(new Uint8Array(signature))}`;
}

/** Access, as one isolate knows it; counts who asks for the team's keys. */
function access(kids: string[] = ["k1"]) {
  const fetcher = vi.fn<(url: string) => Promise<Response>>(async () =>
    Response.json({ keys: kids.map((kid) => ({ ...published, kid })) }),
  );
  const tokens = new AccessTokens(fetcher);
  return { fetcher, email: (token: string, at = now) => tokens.email(token, settings, at) };
}

test("whom the team's key vouches for is known by the address, and its keys are fetched once", async () => {
  const { email, fetcher } = access();
  expect(await email(await tokenOf())).toBe("sue@example.com");
  expect(await email(await tokenOf({ claims: { aud: "aud-1", nbf: undefined } }))).toBe(
    "sue@example.com",
  );
  expect(fetcher.mock.calls).toEqual([["https://shop.cloudflareaccess.com/cdn-cgi/access/certs"]]);
});

describe("nobody is known by", () => {
  test.each<[string, { header?: object; claims?: object }]>([
    ["another team's token", { claims: { iss: "https://evil.cloudflareaccess.com" } }],
    ["a token for another application", { claims: { aud: ["aud-2"] } }],
    ["one whose time is over", { claims: { exp: seconds } }],
    ["one that is not valid yet", { claims: { nbf: seconds + limits.clockSkewSecondsMax + 1 } }],
    ["one without an address", { claims: { email: "sue" } }],
    ["one without an end", { claims: { exp: undefined } }],
    ["another algorithm", { header: { alg: "HS256" } }],
    ["no algorithm", { header: { alg: "none" } }],
    ["a key that the team does not have", { header: { kid: "k2" } }],
  ])("%s", async (_, change) => {
    expect(await access().email(await tokenOf(change))).toBeNull();
  });

  test("a signature that is not the team's, or of something else", async () => {
    const { email } = access();
    expect(await email(await tokenOf({ key: stranger }))).toBeNull();
    const [head = "", , signature = ""] = (await tokenOf()).split(".");
    const body = encoded(JSON.stringify({ ...claims, email: "eve@example.com" }));
    expect(await email(`${head}.${body}.${signature}`)).toBeNull();
  });

  test("what is no token, and then nobody's keys are fetched", async () => {
    const { email, fetcher } = access();
    const token = await tokenOf();
    const [head = "", body = "", signature = ""] = token.split(".");
    const strange = [
      ...["", "a", "a.b", "..", `${head}.${body}`, `${head}.${body}.`, `${token}.x`],
      ...[`!${token}`, `${head}!.${body}.${signature}`, `${head}.${encoded("{")}.${signature}`],
      ...[`${head}.${encoded("null")}.${signature}`, `${head}.${body}.${signature}!`],
      ...[`${head}.${body}.!${signature}`, `${head}.${body}.AAAAA`],
    ];
    for (const text of strange) expect(await email(text)).toBeNull();
    expect(fetcher).not.toHaveBeenCalled();
  });
});

test("a clock that is a little behind the team's is no reason to refuse", async () => {
  const { email } = access();
  const nbf = seconds + limits.clockSkewSecondsMax;
  expect(await email(await tokenOf({ claims: { nbf } }))).toBe("sue@example.com");
  expect(await email(await tokenOf({ claims: { exp: seconds + 1 } }))).toBe("sue@example.com");
});

test("a new key of the team is found, though not by every forged token", async () => {
  const kids = ["k0"];
  const { email, fetcher } = access(kids);
  const token = await tokenOf();
  for (const later of [0, 1000, limits.accessKeysMillis]) {
    expect(await email(token, now - limits.accessKeysMillis + later)).toBeNull();
  }
  expect(fetcher).toHaveBeenCalledOnce();
  kids.push("k1");
  expect(await email(token, now + 1)).toBe("sue@example.com");
  expect(fetcher).toHaveBeenCalledTimes(2);
});

test("no more keys are taken than a team has, and an answer that is none gives none", async () => {
  const many = Array.from({ length: limits.accessKeysMax }, (_, at) => `x${at}`);
  expect(await access([...many, "k1"]).email(await tokenOf())).toBeNull();
  expect(await access([...many.slice(1), "k1"]).email(await tokenOf())).toBe("sue@example.com");
  const { email, fetcher } = access();
  fetcher.mockResolvedValue(new Response("{}", { status: 500 }));
  expect(await email(await tokenOf())).toBeNull();
});
