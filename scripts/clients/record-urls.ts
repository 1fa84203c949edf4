import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../local/local-service.ts";
import { readArguments } from "../terminal.ts";

const usage = `npm run client-urls

Has the URL builders of other services' clients print URLs, and writes them to
tests/workers/api/deliver/client-urls.json. Installs the clients from npm into a temporary folder, so that no
framework is a dependency of this project.`;

readArguments(usage, {});

const packages = {
  next: "16.4.6",
  "@nuxt/image": "2.1.0",
  astro: "7.3.5",
  unpic: "4.2.2",
  "@imgix/js-core": "3.8.0",
  "@imgproxy/imgproxy-node": "1.1.0",
};

/** Keys that the builders sign with; the test has the same. */
const imgixToken = "imgix-token";
const imgproxyKeys = { key: "0102030405060708", salt: "f0e0d0c0" };

/** A URL as its builder printed it, and the picture that it means, of a JPEG of 4000 × 3000 pixels. */
export interface ClientUrl {
  readonly client: string;
  readonly dialect: string;
  readonly url: string;
  readonly width: number;
  readonly height: number;
  /** Absent: as `Accept` says. */
  readonly format?: string;
}

const cropped = { width: 300, height: 200 };
const remote = "https://cdn.example.com/a%20b/x.jpg?v=1&z=2";
const local = "/a b/ü,n&x.jpg";
const folder = mkdtempSync(join(tmpdir(), "minilab-clients-"));
try {
  writeFileSync(join(folder, "package.json"), '{"private":true}\n');
  const specs = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  const quiet = ["--ignore-scripts", "--omit=optional", "--legacy-peer-deps", "--no-audit"];
  execFileSync("npm", ["install", ...quiet, ...specs], { cwd: folder, stdio: "inherit" });
  process.env["NODE_ENV"] = "production";
  const urls = [
    ...nextUrls(),
    ...(await nuxtUrls()),
    ...(await astroUrls()),
    ...(await unpicUrls()),
    ...(await imgixUrls()),
    ...(await imgproxyUrls()),
  ];
  const file = join(root, "tests/workers/api/deliver/client-urls.json");
  writeFileSync(file, `${JSON.stringify({ packages, imgixToken, imgproxyKeys, urls }, null, 2)}\n`);
  execFileSync("npx", ["oxfmt", file], { cwd: root, stdio: "inherit" });
  console.log(`${urls.length} URLs in ${file}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A file of an installed package, whether or not the package exports it. */
function load<Module>(path: string): Promise<Module> {
  return import(pathToFileURL(join(folder, "node_modules", path)).href) as Promise<Module>;
}

/** The package itself. */
function loadMain<Module>(name: string): Promise<Module> {
  const { resolve } = createRequire(join(folder, "package.json"));
  return import(pathToFileURL(resolve(name)).href) as Promise<Module>;
}

function nextUrls(): ClientUrl[] {
  type Loader = (asked: object) => string;
  const path = "next/dist/shared/lib/image-loader.js";
  const inFolder = createRequire(join(folder, "package.json"));
  const { default: loader } = inFolder(path) as { default: Loader };
  const config = { path: "/_next/image", qualities: [75] };
  const widths = [32, 48, 64, 96, 128, 256, 384, 640, 750, 828, 1080, 1200, 1920, 2048, 3840];
  return widths.map((width) => ({
    client: "next",
    dialect: "next",
    url: loader({ config, src: width % 128 === 0 ? local : remote, width }),
    width,
    height: Math.round((width * 3) / 4),
  }));
}

async function nuxtUrls(): Promise<ClientUrl[]> {
  type Provider = () => {
    getImage(src: string, asked: object, ctx: object): { readonly url: string };
  };
  const ctx = { options: { nuxt: { baseURL: "/" }, screens: { sm: 640, md: 768 } } };
  const print = async (provider: string, src: string, asked: object) => {
    const path = `@nuxt/image/dist/runtime/providers/${provider}.js`;
    const { default: made } = await load<{ default: Provider }>(path);
    return made().getImage(src, asked, ctx).url;
  };
  const narrow = { modifiers: { width: 640 } };
  const box = { width: 300, height: 200, format: "webp", quality: 80, fit: "cover" };
  const asked: [provider: string, dialect: string, src: string, given: object, size: object][] = [
    ["ipx", "ipx", local, narrow, { width: 640, height: 480 }],
    ["ipx", "ipx", local, { modifiers: {} }, { width: 4000, height: 3000 }],
    ["ipx", "ipx", remote, { modifiers: { ...box } }, cropped],
    ["ipxStatic", "ipx", remote, { modifiers: { ...box } }, cropped],
    ["ipx", "ipx", local, { modifiers: { width: 64, height: 64 } }, { width: 64, height: 64 }],
    ["cloudflare", "", local, { modifiers: { ...box } }, cropped],
    ["cloudflare", "", remote, narrow, { width: 640, height: 480 }],
    ["vercel", "vercel", local, narrow, { width: 640, height: 480 }],
    ["vercel", "vercel", remote, { modifiers: { width: 700 } }, { width: 768, height: 576 }],
    ["imgix", "imgix", "/p.jpg", { modifiers: { ...box } }, cropped],
    ["imgproxy", "imgproxy", remote, { modifiers: { ...box }, ...imgproxyKeys }, cropped],
  ];
  return Promise.all(
    asked.map(async ([provider, dialect, src, given, size]) => ({
      client: `@nuxt/image ${provider}`,
      dialect,
      url: await print(provider, src, given),
      ...(size as { width: number; height: number }),
    })),
  );
}

/** Vite puts the base in when a site is built. */
async function astroUrls(): Promise<ClientUrl[]> {
  type Service = { baseService: { getURL(asked: object, config: object): string } };
  const services = join(folder, "node_modules/astro/dist/assets/services");
  const built = readFileSync(join(services, "service.js"), "utf8");
  const path = join(services, "service-built.js");
  writeFileSync(path, built.replaceAll("import.meta.env.BASE_URL", '"/"'));
  const { baseService } = await load<Service>("astro/dist/assets/services/service-built.js");
  const config = {
    endpoint: { route: "/_image" },
    domains: ["cdn.example.com"],
    remotePatterns: [],
  };
  const print = (asked: object) => baseService.getURL({ src: remote, ...asked }, config);
  const made = { src: "/_astro/me.Ab12.png", width: 1, height: 1, format: "png" };
  const astro = { client: "astro", dialect: "astro" };
  const box = { width: 300, height: 200 };
  return [
    {
      ...astro,
      url: print({ width: 300, height: 225, quality: "mid", format: "avif" }),
      width: 300,
      height: 225,
      format: "avif",
    },
    { ...astro, url: print({ src: made, width: 640 }), width: 640, height: 480, format: "webp" },
    { ...astro, url: print({ ...box, fit: "cover", position: "50% 20%" }), ...box },
  ];
}

async function unpicUrls(): Promise<ClientUrl[]> {
  type Unpic = { readonly transformUrl: (asked: object) => string };
  const { transformUrl } = await loadMain<Unpic>("unpic");
  const both = { url: remote, width: 800, height: 400 };
  const client = (provider: string, dialect: string, asked: object, size: object): ClientUrl => ({
    client: `unpic ${provider}`,
    dialect,
    url: transformUrl({ provider, ...asked }),
    ...(size as { width: number; height: number }),
  });
  return [
    client("ipx", "ipx", both, { width: 800, height: 400 }),
    client("cloudflare", "", both, { width: 800, height: 400 }),
    client("vercel", "vercel", { url: remote, width: 800 }, { width: 800, height: 600 }),
    client("nextjs", "next", { url: remote, width: 828, quality: 60 }, { width: 828, height: 621 }),
    client(
      "astro",
      "astro",
      { ...both, format: "webp" },
      { width: 800, height: 400, format: "webp" },
    ),
    client(
      "imgix",
      "imgix",
      { ...both, url: "https://acme.imgix.net/p.jpg" },
      { width: 800, height: 400 },
    ),
  ];
}

async function imgixUrls(): Promise<ClientUrl[]> {
  type Imgix = {
    default: new (settings: object) => {
      buildURL(path: string, asked: object): string;
      buildSrcSet(path: string, asked: object): string;
    };
  };
  const { default: Client } = await loadMain<Imgix>("@imgix/js-core");
  const client = new Client({ domain: "acme.imgix.net", secureURLToken: imgixToken });
  const imgix = { client: "@imgix/js-core", dialect: "imgix signed" };
  const auto = { w: 300, h: 200, fit: "crop", auto: "format,compress" };
  const fixed = client.buildSrcSet("p.jpg", { w: 400 });
  const fluid = client.buildSrcSet("a b/p.jpg", { q: 60 });
  const inSet = (set: string) =>
    set.split(",\n").map((each) => each.split(" ") as [string, string]);
  return [
    { ...imgix, url: client.buildURL("users/1.png", auto), ...cropped, format: "webp" },
    {
      ...imgix,
      url: client.buildURL(remote, { w: 400, fm: "png" }),
      width: 400,
      height: 300,
      format: "png",
    },
    ...inSet(fixed).map(([url, times]) => ({ ...imgix, url, ...wide(400 * parseInt(times)) })),
    ...inSet(fluid).map(([url, width]) => ({ ...imgix, url, ...wide(parseInt(width)) })),
  ];
}

async function imgproxyUrls(): Promise<ClientUrl[]> {
  type Imgproxy = { readonly generateImageUrl: (asked: object) => string };
  const { generateImageUrl } = await loadMain<Imgproxy>("@imgproxy/imgproxy-node");
  const print = (options: object, url: unknown = remote) =>
    generateImageUrl({ endpoint: "https://imgproxy.example", url, options, ...imgproxyKeys });
  const imgproxy = { client: "@imgproxy/imgproxy-node", dialect: "imgproxy signed" };
  const fill = {
    resizing_type: "fill",
    width: 300,
    height: 200,
    gravity: { type: "no" },
    enlarge: 1,
  };
  const plain = { value: "https://cdn.example.com/x.jpg", displayAs: "plain" };
  return [
    { ...imgproxy, url: print(fill), ...cropped },
    {
      ...imgproxy,
      url: print({ width: 300, quality: 70, dpr: 2 }, plain),
      width: 600,
      height: 450,
    },
    {
      ...imgproxy,
      url: print({ width: 500, format: "png" }),
      width: 500,
      height: 375,
      format: "png",
    },
  ];
}

function wide(width: number) {
  const shown = Math.min(width, 4000);
  return { width: shown, height: Math.round((shown * 3) / 4) };
}
