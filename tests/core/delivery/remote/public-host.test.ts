import { expect, test } from "vitest";
import { hostFault } from "../../../../core/delivery/remote/public-host.ts";

const label = "a".repeat(63);
/** As long as a name may be in DNS. */
const longest = `${label}.${label}.${label}.${"b".repeat(57)}.com`;

test.each(["example.com", "3d.example.com", "1.2.example.com", "my_cdn.example.io", longest])(
  "%s may be fetched from",
  (host) => {
    expect(hostFault(host)).toBeNull();
  },
);

test.each([
  "-cdn.example.com",
  "cdn-.example.com",
  "example.1a",
  `b.${longest}`,
  "example.c",
  "com",
])("%s is not a name in public DNS", (host) => {
  expect(hostFault(host)).toBe("is not a name in public DNS");
});
