import { describe, expect, test } from "vitest";
import {
  hostKey,
  hostNameFault,
  parseHost,
  readHost,
  serializeHost,
  shownHost,
  type HostRules,
} from "../../../../core/delivery/hosts/host-name.ts";

const both = { apiHosts: ["img.example.com"], domain: "pics.example.com" };
const read = (host: string, rules: HostRules = both) => {
  const kind = readHost(new URL(`https://${host}/`).hostname, rules);
  return kind.kind === "tenant" ? kind.name : `(${kind.kind})`;
};

describe("whose a host is", () => {
  test.each([
    ["img.example.com", "(api)"],
    ["IMG.example.com:8443", "(api)"],
    ["img.example.com.", "(api)"],
    ["shop.pics.example.com", "shop"],
    ["SHOP.Pics.Example.com.", "shop"],
    ["a.b.pics.example.com", "(unknown)"],
    ["-a.pics.example.com", "(unknown)"],
    ["pics.example.com", "pics.example.com"],
    ["shop.pics.example.com.evil.example", "shop.pics.example.com.evil.example"],
    ["xpics.example.com", "xpics.example.com"],
    ["bilder.laden.example", "bilder.laden.example"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["127.0.0.1", "(unknown)"],
    ["2130706433", "(unknown)"],
    ["[::1]", "(unknown)"],
    ["localhost", "(unknown)"],
  ])("%s: %s", (host, name) => {
    expect(read(host)).toBe(name);
  });

  test("where nothing is configured, the API's", () => {
    const none = { apiHosts: [], domain: null };
    for (const host of ["img.example.com", "shop.pics.example.com", "127.0.0.1"]) {
      expect(read(host, none)).toBe("(api)");
    }
    const domainOnly = { apiHosts: [], domain: "pics.example.com" };
    expect(read("shop.pics.example.com", domainOnly)).toBe("shop");
    expect(read("bilder.laden.example", domainOnly)).toBe("(api)");
  });
});

test.each([
  ["shop", true],
  ["a", true],
  ["0-1", true],
  ["pictures.shop.example", true],
  ["Shop", false],
  ["-a", false],
  ["a_b", false],
  ["www", false],
  ["", false],
  ["a".repeat(64), false],
  ["10.0.0.1", false],
  ["router.lan", false],
  ["shop.example.", false],
  ["shop.example/x", false],
])("%j may be a name: %s", (name, isGood) => {
  expect(hostNameFault(name) === null).toBe(isGood);
});

test("nothing is wrong with a name in public DNS", () => {
  expect(hostNameFault("shop.example")).toBeNull();
});

test.each([
  ["no name", "-a", /^A slug has up to 63/],
  ["an address", "10.0.0.1", /^This name is an address/],
  ["a name of the service's own", "admin", "This name is reserved."],
])("of %s is said what is wrong with it", (_, name, fault) => {
  expect(hostNameFault(name)).toMatch(fault);
});

describe("a name's entry in KV", () => {
  const entry = { name: "shop", tenant: `tnt_0${"a".repeat(25)}`, version: 2 } as const;

  test("is read back as it was written, also where the name was taken away", () => {
    expect(hostKey("shop")).toBe("host/shop");
    expect(parseHost(serializeHost(entry))).toEqual(entry);
    expect(parseHost(serializeHost({ ...entry, tenant: null }))).toEqual({
      ...entry,
      tenant: null,
    });
  });

  test.each([
    ["no JSON", "shop"],
    ["without a tenant", { ...entry, tenant: undefined }],
    ["of a tenant that is none", { ...entry, tenant: "b" }],
    ["without a version", { ...entry, version: undefined }],
  ])("that is %s is left to the Directory", (_, written) => {
    expect(parseHost(typeof written === "string" ? written : JSON.stringify(written))).toBeNull();
  });
});

test("people see a slug with the service's domain, where there is one", () => {
  expect(shownHost("shop", "pics.example.com")).toBe("shop.pics.example.com");
  expect(shownHost("shop", null)).toBe("shop");
  expect(shownHost("bilder.laden.example", "pics.example.com")).toBe("bilder.laden.example");
});
