import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, extname, join, relative, resolve } from "node:path";
import { runCommand } from "./command.ts";
import { scopes } from "../core/identity/scopes.ts";
import { printBooks } from "./demo/books.ts";
import { deliverPicture } from "./demo/delivery.ts";
import { startService, temporaryStateDir } from "./local/local-service.ts";
import { sceneJpegInThread } from "./scene/scene-in-thread.ts";
import { localOwner } from "./local/owner.ts";
import { TenantClient } from "./local/service-client.ts";
import { formatBytes, formatMillis, paint, readArguments, say, stage, table } from "./terminal.ts";

const usage = `npm run demo [-- picture… --out DIR]

Starts the service, resizes the pictures (a scene of its own without any), delivers the first one at URLs and
shows the bill.

  --out DIR   where the renditions are written, out/demo by default`;

const renditions = [
  { name: "1600.webp", options: "width=1600,format=webp" },
  { name: "800.jpg", options: "width=800,format=jpeg,sharpen=1" },
  { name: "square-320.webp", options: "width=320,height=320,fit=cover,format=webp" },
  { name: "thumb-96.png", options: "width=96,height=96,fit=cover,format=png" },
] as const;

await runCommand(demo);

async function demo(): Promise<number> {
  const { values, positionals } = readArguments(usage, {
    options: { out: { type: "string", default: "out/demo" } },
    allowPositionals: true,
  });
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });

  const stateDir = temporaryStateDir();
  const starting = startService({ stateDir, bare: { processes: "apart" } });
  // The scene is rendered while the service starts; a failure of either is reported where it is awaited.
  starting.catch(() => undefined);
  const pictures = positionals.length > 0 ? positionals : [await renderedScene(out)];
  const service = await stage("Starting the service", () => starting);
  const admin = await localOwner(stateDir, service.url);
  const tenant = await stage("Making a tenant and a key", async () => {
    const id = await admin.createTenant({ name: "Demo" });
    return new TenantClient(service.url, await admin.createKey(id, "demo", scopes));
  });

  let failures = 0;
  for (const [index, picture] of pictures.entries()) {
    const namesakes = pictures.slice(0, index).filter((other) => nameOf(other) === nameOf(picture));
    const name = nameOf(picture) + (namesakes.length > 0 ? `-${namesakes.length + 1}` : "");
    try {
      await resize(tenant, picture, join(out, name));
    } catch (error) {
      failures++;
      say(paint("red", `  ${picture}: ${error instanceof Error ? error.message : String(error)}`));
    }
  }

  const [first] = pictures;
  if (first !== undefined && failures === 0) {
    await deliverPicture(tenant, new Uint8Array(readPicture(first)));
  }
  await printBooks(tenant, admin);
  await stage("Stopping the service", () => service.stop());
  if (failures > 0) say(paint("red", `${failures} of ${pictures.length} pictures failed.`));
  return failures === 0 ? 0 : 1;
}

function renderedScene(out: string): Promise<string> {
  return stage("Rendering a 12 megapixel scene", async (detail) => {
    const jpeg = await sceneJpegInThread({ width: 4000, height: 3000, seed: 7, quality: 92 });
    const file = join(out, "scene.jpg");
    writeFileSync(file, jpeg);
    detail(`4000 × 3000, ${formatBytes(jpeg.length)}, ${shown(file)}`);
    return file;
  });
}

/**
 * Sends one picture, fetches every rendition, and writes each to a file whose name begins with `prefix`.
 * Prints its size and how long after the start it was ready.
 */
async function resize(tenant: TenantClient, picture: string, prefix: string): Promise<void> {
  const bytes = new Uint8Array(readPicture(picture));
  const rows: string[][] = [];
  await stage(`${basename(picture)} → ${renditions.length} renditions`, async (detail) => {
    const started = Date.now();
    detail("sending");
    const accepted = await tenant.submit(
      bytes,
      renditions.map(({ options }) => options),
      { waitSeconds: 25 },
    );
    detail("rendering");
    const { id, source, outputs, usage, error } = await tenant.settled(accepted);
    if (error) throw new Error(`${error.title}: ${error.detail}`);
    detail("fetching");
    for (const { index, width, height } of outputs) {
      const rendition = await tenant.output(id, index);
      const file = `${prefix}-${renditions[index]?.name}`;
      writeFileSync(file, rendition);
      rows.push([
        shown(file),
        `${width} × ${height}`,
        formatBytes(rendition.length),
        formatMillis(Date.now() - started),
      ]);
    }
    detail(
      `${source.width} × ${source.height} ${source.format}, ${formatBytes(source.bytes)}, ${usage?.computeUnits} compute units`,
    );
  });
  console.log(`\n${table(["rendition", "pixels", "bytes", "ready after"], rows)}\n`);
}

function readPicture(picture: string): Buffer {
  try {
    return readFileSync(picture);
  } catch (error) {
    throw new Error(`cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}

function nameOf(picture: string): string {
  return basename(picture, extname(picture));
}

function shown(file: string): string {
  return relative(process.cwd(), file);
}
