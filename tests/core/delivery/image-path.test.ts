import { describe, expect, test } from "vitest";
import { id, read } from "./reading.ts";

describe("an image path in Cloudflare's grammar", () => {
  test.each([
    [`/image/width=800,format=webp/${id}`, `width=800,format=webp @ ${id}`],
    [
      `/image/w=300,h=200,f=webp,q=80,fit=cover,background=%23ff0000,blur=3/a b/ü.jpg`,
      "width=300,height=200,fit=cover,background=#ff0000,blur=3,format=webp,quality=80 @ /a b/ü.jpg",
    ],
    [
      "/cdn-cgi/image/width=400/https://cdn.example.com/a%20b/x.jpg%3Fv=1",
      "width=400 @ https://cdn.example.com/a%20b/x.jpg?v=1",
    ],
    [
      "/image/width=400/https%3A%2F%2Fcdn.example.com%2Fx.jpg%3Fv%3D1",
      "width=400 @ https://cdn.example.com/x.jpg?v=1",
    ],
    [
      "/image/width=400/https:/cdn.example.com/x.jpg?v=1",
      "width=400 @ https://cdn.example.com/x.jpg?v=1",
    ],
    [`/image/preset=card/${id}`, `preset card @ ${id}`],
    [
      "/cdn-cgi/image/onerror=redirect,width=300,format=webp/_astro/me.Ab12.png",
      "width=300,format=webp onerror @ /_astro/me.Ab12.png",
    ],
    ["/image/background=rgb(1,2,3)/a.png", "background=#010203 @ /a.png"],
    ["/image/w=3/https%3A//e.com/a.jpg?v=1", "width=3 @ https://e.com/a.jpg?v=1"],
    ["/image/w=3/%2Fa%3Fb.jpg", "width=3 @ /a?b.jpg"],
    ["/image/w=3/a%2Fb.jpg?v=1", "width=3 @ /a%2Fb.jpg?v=1"],
    ["/image/w=3/a.jpg%3Fv", "width=3 @ /a.jpg%3Fv"],
    ["/image/w=3/https://e.com/a%3Fb?v=1", "width=3 @ https://e.com/a%3Fb?v=1"],
    ["/image/w=3/HTTPS://e.com/a%3Fb", "width=3 @ https://e.com/a?b"],
    ["/image/w=3/HTTP:/e.com/a", "width=3 @ http://e.com/a"],
    [`/image/w=3/a/${id}`, `width=3 @ /a/${id}`],
    [`/image/w=3//${id}`, `width=3 @ ${id}`],
    [`/image/w=3/${id}x${"0".repeat(40)}`, `width=3 @ /${id}x${"0".repeat(40)}`],
    ["/image/onerror=redirect,preset=card/a.png", "preset card onerror @ /a.png"],
    [`/image/preset=${"a".repeat(64)}/a.png`, `preset ${"a".repeat(64)} @ /a.png`],
  ])("%s", (written, expected) => {
    expect(read(written)).toBe(expected);
  });

  test.each([
    ["an option that is none", "/image/widht=3/a.png", "widht!"],
    ["a preset among options", "/image/preset=card,width=3/a.png", "preset!"],
    ["a preset with a name that is none", "/image/preset=a.b/a.png", "preset!"],
    ["another onerror", "/image/onerror=hide,width=3/a.png", "onerror!"],
    ["onerror twice", "/image/onerror=redirect,width=3,onerror=redirect/a.png", "onerror!"],
    ["no source", "/image/width=3/", "source!"],
    ["no options", "/image", "source!"],
    ["more commas than options can have", `/image/${",".repeat(60_000)}/a.png`, "output!"],
    ["another scheme", "/image/width=3/ftp://a.example/b", "source!"],
    ["a scheme inside an encoding", "/image/width=3/javascript:alert(1)", "source!"],
    ["a host without its scheme", "/image/width=3///evil.example/a.png", "source!"],
    ["a host behind backslashes", "/image/width=3/\\\\evil.example/a.png", "source!"],
    ["broken escapes", "/image/width=%zz/a.png", "options!"],
    ["broken escapes in the source", "/image/width=3/https%3A%2F%2F%zz", "source!"],
    ["a host behind an encoded backslash", "/image/w=3/%5C%5Cevil.example/a", "source!"],
    ["a URL that cannot be read", "/image/w=3/https://[/a", "source!"],
    ["an encoded slash alone", "/image/w=3/%2F", "source!"],
    ["a preset's name that is too long", `/image/preset=${"a".repeat(65)}/a.png`, "preset!"],
    ["a preset without a name", "/image/preset=/a.png", "preset!"],
    [
      "an option whose name is cut short in the answer",
      `/image/${"x".repeat(41)}=1/a.png`,
      `${"x".repeat(39)}…!`,
    ],
  ])("with %s is refused by name", (_, written, expected) => {
    expect(read(written)).toBe(expected);
  });
});

test.each(["/", "/images/w=3/a.png", "/x/image/w=3/a.png", "/cdn-cgi/w=3/a.png", "/imagex"])(
  "%s is no image path",
  (path) => {
    expect(read(path, [])).toBe("none");
  },
);

test.each([
  ["/image/width=3/http://e.com/a%3fv=1", "width=3 @ http://e.com/a?v=1"],
  ["/image/width=3/x/https:/a%3fb", "width=3 @ /x/https:/a%3fb"],
])("the question mark of a raw URL alone is read though it is escaped: %s", (url, expected) => {
  expect(read(url)).toBe(expected);
});
