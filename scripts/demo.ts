/** `npm run demo [-- picture…] [--out DIR]`: the whole path once, on pictures of yours or on a scene. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, extname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import { printBooks } from "./demo-books.ts";
import { localAdminToken } from "./dev-vars.ts";
import { root, startService, temporaryStateDir } from "./local-service.ts";
import { sceneJpeg } from "./scene/scene-jpeg.ts";
import { AdminClient, TenantClient } from "./service-client.ts";
import { formatBytes, formatMillis, paint, say, stage, table } from "./terminal.ts";

const renditions = [
  { name: "1600.webp", options: "width=1600,format=webp" },
  { name: "800.jpg", options: "width=800,format=jpeg,sharpen=1" },
  { name: "square-320.webp", options: "width=320,height=320,fit=cover,format=webp" },
  { name: "thumb-96.png", options: "width=96,height=96,fit=cover,format=png" },
] as const;

await runCommand(demo);

async function demo(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { out: { type: "string", default: "out/demo" } },
    allowPositionals: true,
  });
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const adminToken = localAdminToken(join(root, ".dev.vars"));

  const starting = startService({ stateDir: temporaryStateDir() });
  // The scene is rendered while the service starts; a failure of either is told below, where it is awaited.
  starting.catch(() => undefined);
  const pictures = positionals.length > 0 ? positionals : [await renderedScene(out)];
  const service = await stage("Starting the service", () => starting);
  const admin = new AdminClient(service.url, adminToken);
  const tenant = await stage("Making a tenant and a key", async () => {
    const id = await admin.createTenant({ name: "Demo" });
    return new TenantClient(service.url, await admin.createKey(id, "demo"));
  });

  let failures = 0;
  for (const picture of pictures) {
    try {
      await resize(tenant, picture, out);
    } catch (error) {
      failures++;
      say(paint("red", `  ${picture}: ${error instanceof Error ? error.message : String(error)}`));
    }
  }

  await printBooks(tenant, admin);
  await stage("Stopping the service", () => service.stop());
  if (failures > 0) say(paint("red", `${failures} of ${pictures.length} pictures failed.`));
  return failures === 0 ? 0 : 1;
}

function renderedScene(out: string): Promise<string> {
  return stage("Rendering a 12 megapixel scene", async (detail) => {
    // Lets the line appear, and the service begin to start, before the processor is busy.
    await new Promise((wake) => setTimeout(wake, 50));
    const jpeg = sceneJpeg({ width: 4000, height: 3000, seed: 7, quality: 92 });
    const file = join(out, "scene.jpg");
    writeFileSync(file, jpeg);
    detail(`4000 × 3000, ${formatBytes(jpeg.length)}, ${shown(file)}`);
    return file;
  });
}

/** Sends one picture, asks for every rendition of it, writes them, and says what each cost. */
async function resize(tenant: TenantClient, picture: string, out: string): Promise<void> {
  const bytes = new Uint8Array(readPicture(picture));
  const started = Date.now();
  const title = `${basename(picture)} → ${renditions.length} renditions`;
  const { job, rows } = await stage(title, async (detail) => {
    detail("sending");
    const accepted = await tenant.submit(
      bytes,
      renditions.map(({ options }) => options),
      { waitSeconds: 25 },
    );
    detail("rendering");
    const settled = await tenant.settled(accepted);
    if (settled.error) throw new Error(`${settled.error.title}: ${settled.error.detail}`);
    detail("fetching");
    const written = [];
    for (const output of settled.outputs) {
      const { name = "", options = "" } = renditions[output.index] ?? {};
      const file = join(out, `${basename(picture, extname(picture))}-${name}`);
      const rendition = await tenant.output(settled.id, output.index);
      writeFileSync(file, rendition);
      written.push([
        shown(file),
        options,
        `${output.width} × ${output.height}`,
        formatBytes(rendition.length),
        formatMillis(Date.now() - started),
      ]);
    }
    const { source, usage } = settled;
    detail(
      `${source.width} × ${source.height} ${source.format}, ${formatBytes(source.bytes)}, ${usage?.computeUnits ?? 0} compute units`,
    );
    return { job: settled, rows: written };
  });
  console.log(`\n${table(["rendition", "asked for", "pixels", "bytes", "there after"], rows)}\n`);
  void job;
}

function readPicture(picture: string): Buffer {
  try {
    return readFileSync(picture);
  } catch (error) {
    throw new Error(`cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}

function shown(file: string): string {
  return relative(process.cwd(), file);
}
