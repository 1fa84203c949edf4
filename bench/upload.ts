/** Eight pictures of 20 MB at once, again and again: each must be accepted and end as done. */
import { startService, temporaryStateDir } from "../scripts/local/local-service.ts";
import { distinctJpeg } from "../scripts/scene/distinct-jpeg.ts";
import { seededRandom } from "../scripts/scene/noise.ts";
import { encodeJpeg } from "../scripts/scene/scene-jpeg.ts";
import { localOwner } from "../scripts/local/owner.ts";
import { TenantClient } from "../scripts/local/service-client.ts";
import { formatBytes, paint, say, stage } from "../scripts/terminal.ts";
import { hostDescription } from "./host.ts";
import { quantile, round } from "./statistics.ts";

export interface UploadReport {
  readonly host: string;
  readonly uploads: number;
  readonly bytes: number;
  readonly failures: number;
  /** Until the 202, eight at once. */
  readonly p50AcceptMs: number;
  readonly maxAcceptMs: number;
  readonly megabytesPerSecond: number;
}

export async function benchUpload(rounds: number): Promise<UploadReport> {
  const jpeg = await stage("Making the picture", async () => grainyJpeg());
  say(`  ${side} × ${side} JPEG of ${formatBytes(jpeg.length)}`);
  const stateDir = temporaryStateDir();
  const { url, stop } = await stage("Starting the service", () => startService({ stateDir }));
  const admin = await localOwner(stateDir, url);
  const key = await admin.createKey(await admin.createTenant({ name: "Bench" }), "bench");
  const tenant = new TenantClient(url, key);

  const accepts: number[] = [];
  let failures = 0;
  let uploadMillis = 0;
  for (let number = 1; number <= rounds; number++) {
    await stage(`${atOnce} uploads at once, round ${number} of ${rounds}`, async (detail) => {
      const started = performance.now();
      const ended = await Promise.allSettled(
        Array.from({ length: atOnce }, async (_, index) => {
          const job = await tenant.submit(distinctJpeg(jpeg, number * atOnce + index), [output]);
          accepts.push(performance.now() - started);
          return job;
        }),
      );
      uploadMillis += performance.now() - started;
      detail("rendering");
      for (const end of ended) {
        const fault =
          end.status === "rejected" ? String(end.reason) : await faultOf(tenant, end.value);
        if (fault === null) continue;
        failures++;
        say(paint("red", `  ${fault}`));
      }
      detail(`${failures} failures so far`);
    });
  }
  await stop();

  return {
    host: hostDescription(),
    uploads: rounds * atOnce,
    bytes: jpeg.length,
    failures,
    p50AcceptMs: round(quantile(accepts, 0.5), 0),
    maxAcceptMs: round(Math.max(...accepts), 0),
    megabytesPerSecond: round((rounds * atOnce * jpeg.length) / 1e3 / uploadMillis, 1),
  };
}

const atOnce = 8;
const output = "width=320,format=jpeg";
/** Pixels of each side: small enough for the memory plan, and noise makes 20 MB of it. */
const side = 2240;

/** Noise compresses to almost its own size, so that a picture of few pixels is a large file. */
function grainyJpeg(): Uint8Array<ArrayBuffer> {
  const random = seededRandom(7);
  const rgba = Uint8Array.from({ length: side * side * 4 }, (_, index) =>
    index % 4 === 3 ? 255 : random() * 256,
  );
  return encodeJpeg({ width: side, height: side, rgba }, 100);
}

async function faultOf(
  tenant: TenantClient,
  job: Parameters<TenantClient["settled"]>[0],
): Promise<string | null> {
  const { status, error } = await tenant.settled(job);
  return status === "done" ? null : `${job.id} ${status}: ${error?.detail ?? "no reason given"}`;
}
