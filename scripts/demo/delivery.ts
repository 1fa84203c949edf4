import { signUrl } from "../../core/delivery/signed-url.ts";
import type { TenantClient } from "../local/service-client.ts";
import { formatBytes, formatMillis, stage, table } from "../terminal.ts";

/**
 * Stores a picture and fetches it at URLs without a key, each twice: the first request makes the rendition and
 * is billed, the second is not.
 */
export async function deliverPicture(
  tenant: TenantClient,
  picture: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const urls = await stage("Storing it, with a preset and a signing key", () =>
    urlsOf(tenant, picture),
  );
  const rows: string[][] = [];
  await stage("Fetching it at four URLs, twice each", async () => {
    for (const [name, url] of urls) {
      for (const time of ["first", "second"]) {
        rows.push([`${name}, ${time}`, ...(await visit(url, tenant))]);
      }
    }
  });
  console.log(`\n${urls.map(([, url]) => url).join("\n")}\n`);
  console.log(`${table(["request", "answer", "bytes", "took", "compute units billed"], rows)}\n`);
}

type Named = readonly [name: string, url: string];

async function urlsOf(
  tenant: TenantClient,
  picture: Uint8Array<ArrayBuffer>,
): Promise<readonly Named[]> {
  const { id, url } = await tenant.storeImage(picture);
  const presets = { card: "width=320,height=320,fit=cover" };
  await tenant.changeDelivery({ presets, dialects: { next: {} } });
  const { secret } = await tenant.createSigningKey();
  const [, root = "", owner = ""] = /^(.*\/t\/([^/]+))\//.exec(url) ?? [];
  const signed = { path: `/image/width=400,format=webp/${id}`, query: "" };
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;
  return [
    ["plain", `${root}/image/width=800,format=auto/${id}`],
    ["preset", `${root}/image/preset=card/${id}`],
    ["next/image", `${root}/_next/image?url=%2F${id}&w=640&q=75`],
    ["signed", root + signUrl(signed, owner, secret, inAnHour)],
  ];
}

/** Fetches it as a browser would, without an API key, and looks what that cost. */
async function visit(url: string, tenant: TenantClient): Promise<string[]> {
  const before = (await tenant.usage()).total.computeUnits;
  const sentAt = Date.now();
  const response = await fetch(url, { headers: { Accept: "image/webp,image/*,*/*;q=0.8" } });
  const bytes = await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const millis = Date.now() - sentAt;
  const after = (await tenant.usage()).total.computeUnits;
  const type = response.headers.get("Content-Type") ?? "";
  return [type, formatBytes(bytes.byteLength), formatMillis(millis), String(after - before)];
}
