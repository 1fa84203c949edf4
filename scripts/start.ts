import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { runCommand } from "./command.ts";
import { firstTenant } from "./local/first-tenant.ts";
import { root, startService } from "./local/local-service.ts";
import { sceneJpeg } from "./scene/scene-jpeg.ts";
import { localOwner } from "./local/owner.ts";
import { paint, readArguments, say, stage } from "./terminal.ts";

const usage = `npm start [-- --json]

Runs the service on this machine until it is stopped.

  --json      print the address, the tenant, its key and the owner's token as JSON
  PORT        environment: the port, 8787 by default; 0 takes any free one
  STATE_DIR   environment: the folder of the service's state, .wrangler/state by default`;

await runCommand(start);

async function start(): Promise<number> {
  const { values } = readArguments(usage, {
    options: { json: { type: "boolean", default: false } },
  });
  const stateDir = resolve(root, process.env["STATE_DIR"] ?? ".wrangler/state");

  let ready = false;
  const { url } = await stage("Starting the service", () =>
    startService({
      stateDir,
      bare: { processes: "apart" },
      port: portFrom(process.env["PORT"]),
      log: (line) => ready && say(line),
    }),
  );
  // Where `npm run admin` finds it.
  writeFileSync(join(stateDir, "running.json"), `${JSON.stringify({ url })}\n`);
  const owner = await localOwner(stateDir, url);
  const { tenant, key } = await firstTenant(stateDir, url, owner);
  const adminToken = owner.token;

  if (values.json) console.log(JSON.stringify({ url, key, tenant, adminToken }));
  else introduce(url, tenant, key);
  ready = true;
  // Ctrl-C is how this command ends, so it is no failure.
  process.exitCode = 0;
  return new Promise(() => undefined);
}

function introduce(url: string, tenant: string, key: string): void {
  const picture = samplePicture();
  console.log(`
  Minilab answers at ${url}   (the API is described at ${url}/openapi.json)
  tenant  ${tenant}
  key     ${key}

Try it: this sends ${picture} and writes out/sample-800.webp

  curl -sS '${url}/v1/jobs?width=800&format=webp' \\
    -H 'Authorization: Bearer ${key}' \\
    -H 'Prefer: wait=20' -H 'Accept: image/webp' \\
    --data-binary @${picture} -o out/sample-800.webp
`);
  say(
    paint("dim", "Manage it with npm run admin, from another terminal. Ctrl-C stops the service."),
  );
}

/** A picture to try the service with, so that the line above works when it is pasted. */
function samplePicture(): string {
  const file = join(root, "out", "sample.jpg");
  if (!existsSync(file)) {
    mkdirSync(join(root, "out"), { recursive: true });
    writeFileSync(file, sceneJpeg({ width: 1600, height: 1200, seed: 7, quality: 90 }));
  }
  return relative(root, file);
}

function portFrom(text = "8787"): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new Error(`PORT must be a number from 0 to 65535, not "${text}".`);
}
