import { describe, expect, test } from "vitest";
import { every, id, read } from "../reading.ts";

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
      "width=300,fit=squeeze,gravity=50%x20%,format=webp @ /a.jpg",
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
    ["/_image?href=%2Fa.jpg&position=0.5%25+100%25", "gravity=0.5%x100%,format=webp @ /a.jpg"],
    ["/_ipx/width=3,h:2/p.jpg", "width=3,height=2,fit=aspect-crop @ /p.jpg"],
    ["/_ipx/s_3x2&fit_cover/p.jpg", "width=3,height=2,fit=aspect-crop @ /p.jpg"],
    ["/_ipx/w_3&fit_inside&pos_attention/p.jpg", "width=3,gravity=auto @ /p.jpg"],
    ["/_ipx/w_3&pos_right%20bottom/p.jpg", "width=3,gravity=1x1 @ /p.jpg"],
    ["/_ipx/w_3&pos_0.2x0.3/p.jpg", "width=3,gravity=0.2x0.3 @ /p.jpg"],
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
    ["/x/el:1/el:/w:30/plain/https://e.com/i.jpg", "width=30,fit=contain @ https://e.com/i.jpg"],
    ["/x/el:tx/w:30/plain/https://e.com/i.jpg", "width=30 @ https://e.com/i.jpg"],
    ["/x/plain/http://e.com/i.jpg", " @ http://e.com/i.jpg"],
    ["/a.png?bg=%23ff0000", "background=#ff0000 @ /a.png"],
    ["/a.png?bg=cadetblue&fm=avif", "background=#5f9ea0,format=avif @ /a.png"],
    ["/_ipx/b_cadetblue/p.jpg", "background=#5f9ea0 @ /p.jpg"],
    [
      "/_image?href=%2Fa.jpg&position=12.25%25+7.75%25",
      "gravity=12.25%x7.75%,format=webp @ /a.jpg",
    ],
    ["/_image?href=%2Fa.jpg&position=right+top", "gravity=1x0,format=webp @ /a.jpg"],
    ["/_image?href=%2Fa.jpg&position=bottom+left", "gravity=0x1,format=webp @ /a.jpg"],
    ["/_image?href=%2Fa.jpg&position=center+right", "gravity=1x0.5,format=webp @ /a.jpg"],
    ["/_image?href=%2Fa.jpg&position=top+20%25", "gravity=20%x0%,format=webp @ /a.jpg"],
    ["/_image?href=%2Fa.jpg&position=30%25", "gravity=30%x50%,format=webp @ /a.jpg"],
    ["/_image?href=%2Fa.jpg&position=attention", "gravity=auto,format=webp @ /a.jpg"],
    ["/x/sm:1/scp:T/ar:t/cb:9:9/plain/https://e.com/i.jpg", " @ https://e.com/i.jpg"],
    ["/x/plain/https://e.com/a%40b.jpg", " @ https://e.com/a@b.jpg"],
    ["/x/aHR0cHM6Ly9lLmNvbS9pLmpwZw==", " @ https://e.com/i.jpg"],
  ])("%s", (written, expected) => {
    expect(read(written)).toBe(expected);
  });

  test("has a source of just the characters that were encoded, even one that cannot be seen", () => {
    const source = "\ufeffhttps://e.com/i.jpg";
    const encoded = Buffer.from(source).toString("base64url");
    expect(read(`/x/w:3/${encoded}`)).toBe(`width=3 @ /${source}`);
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
    ["/_image?href=%2Fa&position=20px+30px", "position=20px 30px!"],
    ["/_image?href=%2Fa&position=20%25x+30%25", "position=20%x 30%!"],
    ["/_image?href=%2Fa&position=left+10%25+top+5%25", "position=left 10% top 5%!"],
    ["/_image?href=%2Fa&position=120%25", "gravity!"],
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
    ["/a.png?auto=formatx", "auto=formatx!"],
    ["/a.png?w=99999", "width!"],
    [`/a.png?w=3&${"x".repeat(40)}=1`, `${"x".repeat(40)}!`],
    [`/a.png?w=3&${"x".repeat(41)}=1`, `${"x".repeat(39)}…!`],
    ["/x/w:3/zz.aHR0cHM6Ly9lLmNvbS9pLmpwZw.webp", "source!"],
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
    ["/x/f:png:1/plain/https://e.com/i.jpg", "f:png:1!"],
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

  test.each([
    "/x/_image?href=%2Fa",
    "/_imagex?href=%2Fa",
    "/_next/imagex?url=%2Fa&w=2&q=3",
    "/x/_next/image?url=%2Fa&w=2&q=3",
    "/x/_ipx/_/p.jpg",
    `/a/acme/${id}/card`,
    `/acme/${id}/card/x`,
  ])("is not read where its path is only like it: %s", (written) => {
    expect(read(written, ["next", "ipx", "astro", "imagedelivery"])).toBe("none");
  });

  test.each([
    "/x/plain/a-https:b",
    "/x/w:3",
    "/x/w:3/h:4",
    "//x/w:3/plain/https://e.com/i.jpg",
    "/x",
  ])(
    "is not read as imgproxy's where it has no source, or neither options nor a URL: %s",
    (written) => {
      expect(read(written, ["imgproxy"])).toBe("none");
    },
  );

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
