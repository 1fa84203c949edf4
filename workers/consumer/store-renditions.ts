import { mediaType } from "../../core/image/formats.ts";
import { outputKey } from "../../core/job/picture-key.ts";
import type { Outcome } from "../../core/job/job.ts";
import type { Result } from "../../core/result.ts";
import type { Rendered } from "../../engine/engine.ts";
import type { ClaimedJob } from "./claim.ts";
import type { ConsumerEnv } from "./env.ts";

/** Puts every rendition, then says `done`: a job never shows a rendition that is not there. */
export async function storeRenditions(
  env: ConsumerEnv,
  { tenant, id, spec }: ClaimedJob,
  rendered: Result<Rendered, Outcome>,
): Promise<Outcome> {
  if (!rendered.ok) return rendered.error;
  const { source, renditions, computeUnits, millis } = rendered.value;
  try {
    await Promise.all(
      renditions.map(({ bytes, format }, index) =>
        env.PICTURES.put(outputKey(tenant, id, index), bytes, {
          httpMetadata: { contentType: mediaType(format) },
        }),
      ),
    );
  } catch (cause) {
    return { kind: "deferred", cause: `renditions not stored: ${String(cause)}` };
  }
  // A description is no rendition: none of its pixels were made.
  const pictures = renditions.filter(({ format }) => format !== "json");
  const pixels = [source, ...pictures].reduce((sum, { width, height }) => sum + width * height, 0);
  return {
    kind: "done",
    outputs: renditions.map(({ width, height, format, bytes }, index) => ({
      index,
      width,
      height,
      format,
      bytes: bytes.length,
    })),
    usage: {
      computeUnits,
      bytesIn: spec.source.bytes,
      bytesOut: renditions.reduce((sum, { bytes }) => sum + bytes.length, 0),
      pixels,
      renderMillis: Math.round(millis),
    },
  };
}
