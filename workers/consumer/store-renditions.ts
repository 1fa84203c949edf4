import { allOriginalsPrefix } from "../../core/delivery/original.ts";
import { mediaType } from "../../core/image/formats.ts";
import type { RenderedFile } from "../../core/job/express-calls.ts";
import { outputKeyOf } from "../../core/job/picture-key.ts";
import { bytesInOf, type Outcome } from "../../core/job/job.ts";
import { limits } from "../../core/limits.ts";
import { engineVersion } from "../../core/plan/engine-version.ts";
import type { Result } from "../../core/result.ts";
import type { Rendered } from "../../engine/engine.ts";
import { callOut } from "./call-out.ts";
import type { ClaimedJob } from "./claim.ts";
import { removed } from "./load-source.ts";
import type { ConsumerPorts } from "./ports.ts";

/** Puts every rendition, then says `done`: a job never shows a rendition that is not there. */
export async function storeRenditions(
  ports: ConsumerPorts,
  job: ClaimedJob,
  rendered: Result<Rendered, Outcome>,
): Promise<Outcome> {
  try {
    const puts = filesOf(job, rendered).map(({ key, bytes, contentType }) => {
      const put = () => ports.pictures.put(key, bytes, { httpMetadata: { contentType } });
      return callOut(ports, limits.storageMillisMax, put);
    });
    await Promise.all(puts);
    if (puts.length > 0 && (await isOrphaned(ports, job))) return removed;
  } catch (cause) {
    return { kind: "deferred", cause: `renditions not stored: ${String(cause)}` };
  }
  return outcomeOf(job, rendered);
}

/**
 * Removes a rendition whose original was deleted while it was made: the deletion went through what there was before. One
 * that is put after this look is found by it.
 */
async function isOrphaned(ports: ConsumerPorts, { spec: { kept } }: ClaimedJob): Promise<boolean> {
  const { pictures } = ports;
  if (!kept?.source.startsWith(allOriginalsPrefix)) return false;
  if (await callOut(ports, limits.storageMillisMax, () => pictures.head(kept.source))) return false;
  await callOut(ports, limits.storageMillisMax, () => pictures.delete([kept.rendition]));
  return true;
}

/** None where the render failed. */
export function filesOf(
  { tenant, id, spec, attempt }: ClaimedJob,
  rendered: Result<Rendered, Outcome>,
): RenderedFile[] {
  const renditions = rendered.ok ? rendered.value.renditions : [];
  return renditions.map(({ bytes, format }, index) => ({
    key: outputKeyOf(tenant, id, spec, attempt, index),
    contentType: mediaType(format),
    bytes,
  }));
}

/** How the job ends once its renditions are stored. */
export function outcomeOf({ spec }: ClaimedJob, rendered: Result<Rendered, Outcome>): Outcome {
  if (!rendered.ok) return rendered.error;
  const { source, overlay, renditions, computeUnits, millis } = rendered.value;
  // A description is no rendition: none of its pixels were made.
  const made = renditions.filter(({ format }) => format !== "json");
  const counted = [source, ...(overlay ? [overlay] : []), ...made];
  const pixels = counted.reduce((sum, { width, height }) => sum + width * height, 0);
  return {
    kind: "done",
    outputs: renditions.map(({ width, height, format, bytes, partial }, index) => ({
      index,
      width,
      height,
      format,
      bytes: bytes.length,
      ...(partial && { partial }),
    })),
    usage: {
      computeUnits,
      bytesIn: bytesInOf(spec),
      bytesOut: renditions.reduce((sum, { bytes }) => sum + bytes.length, 0),
      pixels,
      renderMillis: Math.round(millis),
      engineVersion,
    },
  };
}

/** Jobs of a batch whose renditions are on their way to storage while the next picture renders. */
export class Unstored {
  #puts: Promise<void>[] = [];
  #bytes = 0;

  add(put: Promise<void>, bytes: number): void {
    this.#puts.push(put);
    this.#bytes += bytes;
  }

  /** To be awaited before a job renders. Waits for the puts if they hold much memory, or if a long render would delay them. */
  async makeRoom({ spec }: ClaimedJob): Promise<void> {
    const isLong = spec.computeUnits > limits.expressUnitsMax;
    if (isLong || this.#bytes > limits.unstoredBytesMax) await this.stored();
  }

  async stored(): Promise<void> {
    await Promise.all(this.#puts);
    [this.#puts, this.#bytes] = [[], 0];
  }
}
