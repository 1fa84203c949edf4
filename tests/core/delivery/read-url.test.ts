import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { DialectSecrets } from "../../../core/delivery/dialects/dialect.ts";
import { dialects, readUrl } from "../../../core/delivery/read-url.ts";
import { formatTransform } from "../../../core/transform/grammar.ts";

const every = dialects.map(({ name }) => name);
const now = Date.UTC(2030, 0, 1);

/** What a URL's path and query ask for, as `options @ source`, or why it is refused. */
function read(written: string, switchedOn?: readonly string[], secrets?: DialectSecrets) {
  const reading = readingOf(written, switchedOn, secrets);
  if (reading === null) return "none";
  if (!reading.ok) {
    return reading.error.kind === "unreadable" ? `${reading.error.option}!` : reading.error.kind;
  }
  const { source, rendition, onerror } = reading.value;
  const options = "preset" in rendition ? `preset ${rendition.preset}` : formatTransform(rendition);
  const from =
    source.kind === "remote" ? source.url.href : source.kind === "path" ? source.path : source.id;
  return `${options}${onerror ? " onerror" : ""} @ ${from}`;
}

function readingOf(
  written: string,
  switchedOn: readonly string[] = every,
  secrets: DialectSecrets = {},
) {
  const [path = "", query = ""] = written.split(/\?(.*)/s);
  return readUrl({ path, query, secrets, now }, switchedOn);
}

const id = `img_${"0".repeat(26)}`;

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
    ["onerror twice", "/image/onerror=redirect,width=3,onerror=hide/a.png", "onerror!"],
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

describe("a dialect's URL, as its client writes it", () => {
  test.each([
    ["/_next/image?url=%2Fhero.png&w=256&q=75", "width=256,quality=75 @ /hero.png"],
    [
      "/_next/image/?url=https%3A%2F%2Fcdn.example.com%2Fa.jpg&w=1920&q=75&dpl=dpl_1",
      "width=1920,quality=75 @ https://cdn.example.com/a.jpg",
    ],
    ["/_vercel/image?w=800&q=75&url=%2Fp.jpg", "width=800,quality=75 @ /p.jpg"],
    [
      "/_vercel/image?url=https:%2F%2Fcdn.example.com%2Fx+y.jpg?v=1%26z=2&w=640&q=100",
      "width=640,quality=100 @ https://cdn.example.com/x%20y.jpg?v=1&z=2",
    ],
    ["/_ipx/w_300/p.jpg", "width=300 @ /p.jpg"],
    ["/_ipx/_/p.jpg", " @ /p.jpg"],
    [
      "/_ipx/f_webp&q_80&fit_cover&enlarge&b_%23ff0000&blur_3&s_300x200/a%20b/%C3%BC,n%26x.jpg",
      "width=300,height=200,fit=cover,background=#ff0000,blur=3,format=webp,quality=80 @ /a b/ü,n&x.jpg",
    ],
    [
      "/_ipx/w_300/https://cdn.example.com/x%20y.jpg%3Fv=1%26z=2",
      "width=300 @ https://cdn.example.com/x%20y.jpg?v=1&z=2",
    ],
    [
      "/_ipx/fit_contain,s_80x60,flip,flop,grayscale/p.jpg",
      "width=80,height=60,fit=pad,flip=hv,saturation=0 @ /p.jpg",
    ],
    [
      "/_image?href=https%3A%2F%2Fcdn.example.com%2Fa+b%2Fx.jpg%3Fv%3D1&w=300&h=200&q=mid&f=avif",
      "width=300,height=200,format=avif,quality=50 @ https://cdn.example.com/a%20b/x.jpg?v=1",
    ],
    [
      "/_image?href=%2Fa.jpg&w=300&position=50%25+20%25&fit=fill",
      "width=300,fit=squeeze,gravity=0.5x0.2,format=webp @ /a.jpg",
    ],
    [`/acme/${id}/mobile`, `preset mobile @ ${id}`],
    [`/acme/${id}/w=400,sharpen=3`, `width=400,sharpen=3 @ ${id}`],
    [
      "/insecure/q:80/rs:fill:300:200:t/aHR0cHM6Ly9lLmNvbS9pLmpwZw",
      "width=300,height=200,fit=cover,quality=80 @ https://e.com/i.jpg",
    ],
    ["/insecure/f:webp/plain/https://e.com/i.jpg", "format=webp @ https://e.com/i.jpg"],
    [
      "/x/el:t/g:no/h:200/rt:fill/w:300/aHR0cHM6Ly9leGFtcGxlLmNvbS9p/bWFnZXMvaW1hZ2UuanBn.webp",
      "width=300,height=200,fit=cover,gravity=0.5x0,format=webp @ https://example.com/images/image.jpg",
    ],
    [
      "/x/w%3A300/bg:255:0:0/cb:v2/plain/https:%2F%2Fe.com%2Fi.jpg@avif",
      "width=300,background=#ff0000,format=avif @ https://e.com/i.jpg",
    ],
    [
      "/users/1.png?ixlib=js-3.8.0&w=400&h=300&fit=crop&auto=format%2Ccompress",
      "width=400,height=300,fit=cover @ /users/1.png",
    ],
    [
      "/https%3A%2F%2Fcdn.example.com%2Fx%20y.jpg%3Fv%3D1?w=400&fit=crop&crop=focalpoint&fp-x=0.2&fp-y=0.7",
      "width=400,fit=cover,gravity=0.2x0.7 @ https://cdn.example.com/x%20y.jpg?v=1",
    ],
    [
      "/a.png?fm=pjpg&q=70&blur=3&bg=f00&dpr=2&auto=compress",
      "dpr=2,background=#ff0000,blur=3,format=jpeg,quality=70 @ /a.png",
    ],
    [
      "/a.png?bg=tomato&fit=clip&w=4&h=3",
      "width=4,height=3,fit=contain,background=#ff6347 @ /a.png",
    ],
    ["/a.png?fit=crop&crop=focalpoint&w=4", "width=4,fit=cover @ /a.png"],
    ["/a.png?fit=crop&crop=edges", "fit=cover,gravity=auto @ /a.png"],
    ["/a.png?fit=crop&crop=entropy", "fit=cover,gravity=auto @ /a.png"],
    ["/a.png?fit=crop&crop=left", "fit=cover,gravity=0x0.5 @ /a.png"],
    [
      "/_image/?href=%2Fa.jpg&h=3&q=71&fit=contain&background=%23f00&f=png",
      "height=3,fit=pad,background=#ff0000,format=png,quality=71 @ /a.jpg",
    ],
    ["/_image?href=%2Fa.jpg&q=low&position=top", "gravity=0.5x0,format=webp,quality=25 @ /a.jpg"],
    ["/_image?href=%2Fa.jpg&position=0.5%25+100%25", "gravity=0.005x1,format=webp @ /a.jpg"],
    ["/_ipx/width=3,h:2/p.jpg", "width=3,height=2,fit=aspect-crop @ /p.jpg"],
    ["/_ipx/s_3x2&fit_cover/p.jpg", "width=3,height=2,fit=aspect-crop @ /p.jpg"],
    ["/_ipx/w_3&fit_inside&pos_attention/p.jpg", "width=3,gravity=auto @ /p.jpg"],
    [
      "/_ipx/w_3&pos_entropy&b_f00&flip/p.jpg",
      "width=3,gravity=auto,flip=v,background=#ff0000 @ /p.jpg",
    ],
    [
      "/_ipx/w_3&pos_top&rotate_90&gamma_2&flop/p.jpg?v=1",
      "width=3,gravity=0.5x0,flip=h,rotate=90,gamma=2 @ /p.jpg?v=1",
    ],
    [`/a_-9/${id}/preset=card`, `preset card @ ${id}`],
    ["/x/rs::30:20/plain/https://e.com/i.jpg", "width=30,height=20 @ https://e.com/i.jpg"],
    [
      "/x/rs:fill-down:30:20:1:0/plain/https://e.com/i.jpg",
      "width=30,height=20,fit=aspect-crop @ https://e.com/i.jpg",
    ],
    [
      "/x/rt:force/s:30:0:0/q:0/plain/https://e.com/i.jpg@jpg",
      "width=30,fit=squeeze,format=jpeg @ https://e.com/i.jpg",
    ],
    ["/x/el:1/el:0/w:30/w:/plain/https://e.com/i.jpg", "width=30 @ https://e.com/i.jpg"],
    ["/x/el:/w:30/ext:jpg/plain/https://e.com/i.jpg", "width=30,format=jpeg @ https://e.com/i.jpg"],
    [
      "/x/el:TRUE/g:fp:0.1:0.2/plain/https://e.com/i.jpg",
      "fit=contain,gravity=0.1x0.2 @ https://e.com/i.jpg",
    ],
    [
      "/x/g:soea:0:0/bg:ff0000/dpr:2/bl:3/rot:90/mb:900/plain/https://e.com/i.jpg",
      "gravity=1x1,dpr=2,rotate=90,background=#ff0000,blur=3,max_bytes=900 @ https://e.com/i.jpg",
    ],
    ["/x/sm:1/scp:T/ar:t/cb:9:9/plain/https://e.com/i.jpg", " @ https://e.com/i.jpg"],
    ["/x/plain/https://e.com/a%40b.jpg", " @ https://e.com/a@b.jpg"],
    ["/x/aHR0cHM6Ly9lLmNvbS9pLmpwZw==", " @ https://e.com/i.jpg"],
  ])("%s", (written, expected) => {
    expect(read(written)).toBe(expected);
  });

  test.each([
    ["/_next/image?url=%2Fa.png&w=256", "q!"],
    ["/_next/image?url=%2Fa.png&w=256&q=75&w=300", "w!"],
    ["/_next/image?url=%2Fa.png&w=256&q=75&x=1", "x!"],
    ["/_next/image?url=%2F%2Fevil.example%2Fa&w=256&q=75", "source!"],
    ["/_ipx/kernel_cubic/p.jpg", "kernel_cubic!"],
    ["/_ipx/fit_outside/p.jpg", "fit_outside!"],
    ["/_ipx/s_300/p.jpg", "resize_300!"],
    ["/_ipx/w_3&width_4/p.jpg", "width!"],
    ["/_ipx/w_300", "source!"],
    ["/_image?w=300", "href!"],
    ["/_image?href=%2Fa&position=inherit", "position=inherit!"],
    ["/x/pr:sharp/plain/https://e.com/i.jpg", "pr:sharp!"],
    ["/x/ar:0/plain/https://e.com/i.jpg", "ar:0!"],
    ["/x/g:no:10:0/plain/https://e.com/i.jpg", "g:no:10:0!"],
    ["/x/w:3/%%%", "source!"],
    ["/a.png?w=3&sepia=4", "sepia!"],
    ["/a.png?w=3&crop=faces", "crop=faces!"],
    [`/acme/${id}/mobile?x=1`, "x!"],
    ["/_ipx/constructor_1/p.jpg", "constructor_1!"],
    ["/_ipx/fit_constructor/p.jpg", "fit_constructor!"],
    ["/_image?href=%2Fa&constructor=w", "constructor!"],
    ["/_image?href=%2Fa&valueOf=1", "valueOf!"],
    ["/_image?href=%2Fa&__proto__=1", "__proto__!"],
    ["/_image?href=%2Fa&fit=toString", "fit=toString!"],
    ["/x/constructor:1/plain/https://e.com/i.jpg", "constructor:1!"],
    ["/x/valueOf:1/plain/https://e.com/i.jpg", "valueOf:1!"],
    ["/x/__proto__:1/plain/https://e.com/i.jpg", "__proto__:1!"],
    ["/x/g:constructor/plain/https://e.com/i.jpg", "g:constructor!"],
    ["/a.png?w=3&hasOwnProperty=1", "hasOwnProperty!"],
    ["/a.png?w=3&__proto__=1", "__proto__!"],
    ["/a.png?w=3&fit=valueOf", "fit=valueOf!"],
    ["/a.png?w=3&w=4", "w!"],
    ["/a.png?auto=format,enhance", "auto=format,enhance!"],
    ["/a.png?auto=xformat", "auto=xformat!"],
    ["/%zz?w=3", "/%zz!"],
    ["/_next/image?url=%2Fa.png&q=75", "w!"],
    ["/_next/image?w=256&q=75", "url!"],
    ["/_ipx/w_%zz/p.jpg", "w_%zz!"],
    ["/_ipx/w_3/%zz", "source!"],
    ["/_ipx/s_30x20px/p.jpg", "resize_30x20px!"],
    ["/_ipx/s_x30x20/p.jpg", "resize_x30x20!"],
    ["/_image?href=%2Fa&href=%2Fb", "href!"],
    ["/_image?href=%2Fa&position=1%25+2%25+3%25", "position=1% 2% 3%!"],
    ["/_image?href=%2Fa&position=-1%25+2%25", "position=-1% 2%!"],
    ["/x/s:3:2:0:1/plain/https://e.com/i.jpg", "s:3:2:0:1!"],
    ["/x/s:3:2:0:0:1/plain/https://e.com/i.jpg", "s:3:2:0:0:1!"],
    ["/x/w:3:4/plain/https://e.com/i.jpg", "w:3:4!"],
    ["/x/g:no:0:1/plain/https://e.com/i.jpg", "g:no:0:1!"],
    ["/x/exp:soon/plain/https://e.com/i.jpg", "exp:soon!"],
    ["/x/exp:x1/plain/https://e.com/i.jpg", "exp:x1!"],
    ["/x/exp:1x/plain/https://e.com/i.jpg", "exp:1x!"],
    ["/x/exp:/plain/https://e.com/i.jpg", "exp:!"],
    ["/x/rt:/plain/https://e.com/i.jpg", "rt:!"],
    ["/x/rt:auto/plain/https://e.com/i.jpg", "rt:auto!"],
    ["/x/sm:0/plain/https://e.com/i.jpg", "sm:0!"],
    ["/x/sm:x1/plain/https://e.com/i.jpg", "sm:x1!"],
    ["/x/w:3/plain/%zz", "source!"],
    ["/x/w:3/", "source!"],
    ["/x/w:3/_w", "source!"],
    ["/x/w:3/77-9.web.p", "source!"],
    [`/acme/${id}/mobile?exp=1&exp=2`, "exp!"],
  ])("what it asks for and is not offered is refused by name: %s", (written, expected) => {
    expect(read(written)).toBe(expected);
  });

  test.each(every)("is not read unless the tenant has switched %s on", (name) => {
    const others = every.filter((each) => each !== name && each !== "imgix");
    const url = {
      next: "/_next/image?url=%2Fa&w=2&q=3",
      vercel: "/_vercel/image?url=%2Fa&w=2&q=3",
      ipx: "/_ipx/_/p.jpg",
      astro: "/_image?href=%2Fa",
      imagedelivery: `/acme/${id}/mobile`,
      imgproxy: "/x/w:3/plain/https://e.com/i.jpg",
      imgix: "/a.png?w=3",
    }[name]!;
    expect(read(url, others)).toBe("none");
    expect(read(url, [name])).not.toBe("none");
  });
});

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
    imagedelivery: ["secret"],
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
