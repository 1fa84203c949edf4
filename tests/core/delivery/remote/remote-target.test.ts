import { describe, expect, test } from "vitest";
import {
  parseAllowedSource,
  type AllowedSource,
} from "../../../../core/delivery/remote/allowed-source.ts";
import {
  redirectTarget,
  remoteTarget,
  remoteUrl,
  type SourceRules,
} from "../../../../core/delivery/remote/remote-target.ts";
import { limits } from "../../../../core/limits.ts";

function allowing(...entries: string[]): SourceRules {
  return { allowed: entries.map(allowedSource), ownHosts: ["minilab.example"] };
}

function allowedSource(entry: string): AllowedSource {
  const source = parseAllowedSource(entry);
  if (!source.ok) throw new Error(`${entry} ${source.error}`);
  return source.value;
}

/** The URL that would be fetched, or why none would. */
function target(url: string, rules: SourceRules): string {
  const result = remoteTarget(new URL(url), rules);
  return result.ok ? result.value.href : result.error;
}

const notListed = (host: string) =>
  `is on ${host}, where the tenant's list of sources does not allow it`;

describe("a list of sources", () => {
  test.each([
    ["https://cdn.example.com/a/", "https://cdn.example.com/a/1.jpg?v=1", true],
    ["cdn.example.com/a", "https://cdn.example.com/a", true],
    ["CDN.Example.com", "https://cdn.example.com/1.jpg", true],
    ["https://bücher.example.com", "https://xn--bcher-kva.example.com/1.jpg", true],
    ["*.example.com", "https://a.b.example.com/1.jpg", true],
    ["http://cdn.example.com", "http://cdn.example.com/1.jpg", true],
    ["http://cdn.example.com", "https://cdn.example.com/1.jpg", true],
    ["cdn.example.com", "http://cdn.example.com/1.jpg", false],
    ["cdn.example.com/a", "https://cdn.example.com/ab/1.jpg", false],
    ["cdn.example.com/a", "https://cdn.example.com/A/1.jpg", false],
    ["cdn.example.com/a", "https://cdn.example.com/a/%252e%252e/1.jpg", false],
    ["cdn.example.com/a", "https://cdn.example.com/a/..%5C1.jpg", false],
    ["cdn.example.com/a", "https://cdn.example.com/a/..;x/1.jpg", false],
    ["cdn.example.com/a", "https://cdn.example.com/a/..;xy/1.jpg", false],
    ["cdn.example.com/a", "https://cdn.example.com/a/b/..;x", false],
    ["cdn.example.com/a", "https://cdn.example.com/a/..%00/b/1.jpg", false],
    ["cdn.example.com/a", "https://cdn.example.com/a/.%09./b/1.jpg", false],
    ["cdn.example.com/a", "https://cdn.example.com/a/..%20/b/1.jpg", false],
    ["cdn.example.com/a", "https://cdn.example.com/a/%c0%ae%c0%ae/b/1.jpg", false],
    ["cdn.example.com/a", "https://cdn.example.com/a/%20../1.jpg", true],
    ["cdn.example.com/a", "https://cdn.example.com/a/x..%20y/1.jpg", true],
    ["cdn.example.com/a", "https://cdn.example.com/a/100%25.jpg", true],
    ["cdn.example.com/a", "https://cdn.example.com/a/%E4%zz..jpg", true],
    ["cdn.example.com/a", "https://cdn.example.com/a/..b/.c.jpg", true],
    ["cdn.example.com/a", "https://cdn.example.com/a/%252541.jpg", true],
    ["cdn.example.com/a", "https://cdn.example.com/a/%25252541.jpg", false],
    ["cdn.example.com/a:b", "https://cdn.example.com/a:b/1.jpg", true],
    ["cdn.example.com", "https://cdn.example.com/..;x/1.jpg", true],
    ["*.example.com", "https://example.com/1.jpg", false],
    ["*.example.com", "https://badexample.com/1.jpg", false],
    ["cdn.example.com", "https://cdn.example.com.evil.example/1.jpg", false],
  ])("with %s: %s is allowed: %s", (entry, url, isAllowed) => {
    const expected = isAllowed ? new URL(url).href : notListed(new URL(url).hostname);
    expect(target(url, allowing(entry))).toBe(expected);
  });

  test("allows URLs as long as may be", () => {
    const url = "https://cdn.example.com/".padEnd(limits.remoteUrlCharsMax, "a");
    expect(target(url, allowing("cdn.example.com"))).toBe(url);
  });

  test("allows nothing while it is empty, and what any entry allows otherwise", () => {
    const url = "https://cdn.example.com/1.jpg";
    expect(target(url, allowing())).toBe(notListed("cdn.example.com"));
    expect(target(url, allowing("a.example.com", "cdn.example.com"))).toBe(url);
  });

  test.each([
    ["*", "can have only a scheme, a host and a path"],
    ["*.com", "names a host that is not a name in public DNS"],
    ["a.*.example.com", "can have only a scheme, a host and a path"],
    ["cdn.example.com/*.jpg", "can have only a scheme, a host and a path"],
    ["cdn.example.com:8080", "must not name a port"],
    ["https://cdn.example.com:443", "must not name a port"],
    ["https://cdn.example.com:8080/a", "must not name a port"],
    ["user@cdn.example.com", "can have only a scheme, a host and a path"],
    ["cdn.example.com/?a=1", "can have only a scheme, a host and a path"],
    ["cdn.example.com/a%2f..", "can have only a scheme, a host and a path"],
    ["ftp://cdn.example.com", "must not name a port"],
    ["127.0.0.1", "names a host that is an address; write a name"],
    ["0x7f.1", "names a host that is an address; write a name"],
    ["[::1]", "must not name a port"],
    ["localhost", "names a host that is not a name in public DNS"],
    ["db.internal", "names a host that is reserved for private networks"],
    ["cdn.example.com.", "names a host that ends in a dot; leave it out"],
    ["", "is not a URL that can be read"],
  ])("refuses the entry %j: it %s", (entry, reason) => {
    expect(parseAllowedSource(entry)).toEqual({ ok: false, error: reason });
  });
});

describe("what is never fetched, on the list or not", () => {
  const anything: SourceRules = {
    allowed: ["com", "example", "localhost", "internal", "1", "io"].map((host) => ({
      scheme: "http:",
      host,
      below: true,
      path: "",
    })),
    ownHosts: ["minilab.example"],
  };
  test.each([
    ["ftp://cdn.example.com/", "has a scheme other than https and http"],
    ["https://user@cdn.example.com/", "carries a user name or password"],
    ["https://:word@cdn.example.com/", "carries a user name or password"],
    ["https://cdn.example.com:8443/", "names a port; only 443 for https and 80 for http are used"],
    ["http://cdn.example.com:443/", "names a port; only 443 for https and 80 for http are used"],
    ["https://2130706433/", "names a host that is an address; write a name"],
    ["https://[::ffff:7f00:1]/", "names a host that is an address; write a name"],
    ["https://8.8.8.8/", "names a host that is an address; write a name"],
    ["https://cdn.example.com./", "names a host that ends in a dot; leave it out"],
    ["https://x.localhost/", "names a host that is reserved for private networks"],
    ["https://metadata.google.internal/", "names a host that is reserved for private networks"],
    ["https://metadata/", "names a host that is not a name in public DNS"],
    ["https://minilab.example/", "is on this service itself"],
    ["https://acme.minilab.example/", "is on this service itself"],
  ])("%s", (url, reason) => {
    expect(target(url, anything)).toBe(reason);
  });

  test("this service itself, under any of its names", () => {
    const rules = { ...anything, ownHosts: ["minilab.example", "pictures.example"] };
    for (const host of ["minilab.example", "pictures.example", "a.pictures.example"]) {
      expect(target(`https://${host}/`, rules), host).toBe("is on this service itself");
    }
  });

  test("a URL that is too long", () => {
    const url = `https://cdn.example.com/${"a".repeat(limits.remoteUrlCharsMax)}`;
    expect(target(url, anything)).toBe(`has more than ${limits.remoteUrlCharsMax} characters`);
  });
});

describe("a target", () => {
  const rules = allowing("cdn.example.com");

  test("has no fragment, which would make one source two", () => {
    expect(target("https://cdn.example.com/1.jpg?v=1#top", rules)).toBe(
      "https://cdn.example.com/1.jpg?v=1",
    );
  });

  test.each([
    ["/2.jpg", "https://cdn.example.com/2.jpg"],
    ["2.jpg#x", "https://cdn.example.com/a/2.jpg"],
    ["//evil.example/2.jpg", notListed("evil.example")],
    ["\\\\evil.example", notListed("evil.example")],
    ["http://cdn.example.com/2.jpg", notListed("cdn.example.com")],
    ["file:///etc/passwd", "has a scheme other than https and http"],
    ["https://[", "cannot be read"],
    [null, "cannot be read"],
  ])("after a redirect to %s is checked again", (location, expected) => {
    const result = redirectTarget(new URL("https://cdn.example.com/a/1.jpg"), location, rules);
    expect(result.ok ? result.value.href : result.error).toBe(expected);
  });

  test("of a path lies below the tenant's own site", () => {
    const source = { kind: "path", path: "/b/1.jpg?v=1" } as const;
    const url = remoteUrl(source, "https://cdn.example.com/a/");
    expect(url.ok && url.value.href).toBe("https://cdn.example.com/a/b/1.jpg?v=1");
    expect(remoteUrl(source, null).ok).toBe(false);
  });
});
