import { endOfData, readScan, segmentsOf, startOfScan } from "./jpeg-letter.ts";

/**
 * A progressive JPEG without the scans that refine what no scan before has brought, as when scans are lost or moved.
 * libjpeg decodes those into nonsense and may then complain of their codes; the rule passes over them and estimates what
 * is lacking. Undefined where there is none of them.
 */
export function withoutForeignScans(source: Uint8Array): Buffer | undefined {
  const file = Buffer.from(source);
  const progress = new ScanProgress();
  const kept: Buffer[] = [];
  let from = 0;
  for (const { marker, start, payload, end } of segmentsOf(file)) {
    if (marker !== startOfScan || progress.isNext(payload)) continue;
    kept.push(file.subarray(from, start));
    from = endOfData(file, end);
  }
  return kept.length > 0 ? Buffer.concat([...kept, file.subarray(from)]) : undefined;
}

/**
 * A JPEG without conditions of arithmetic coding (T.81, B.2.4.3), whatever they are: libjpeg as browsers build it knows no
 * such coding and passes over them. Undefined where there are none.
 */
export function withoutConditioning(source: Uint8Array): Buffer | undefined {
  const file = Buffer.from(source);
  const kept: Buffer[] = [];
  let from = 0;
  for (const { marker, start, end } of segmentsOf(file)) {
    if (marker !== conditioning) continue;
    kept.push(file.subarray(from, start));
    from = end;
  }
  return kept.length > 0 ? Buffer.concat([...kept, file.subarray(from)]) : undefined;
}

const conditioning = 0xcc;

/** How far the coefficients of a picture are known. */
export class ScanProgress {
  /** By component and coefficient: the lowest bit that is known. */
  readonly #known = new Map<number, number>();

  /** Whether every coefficient of the scan is as far as it says (ITU-T T.81, G.1.1.1.1); if so, notes the scan. */
  isNext(payload: Buffer): boolean {
    const components = readScan(payload);
    const [start = 0, end = 0, bits = 0] = payload.subarray(1 + 2 * components.length);
    const [high, low] = [bits >> 4, bits & 15];
    const length = Math.max(0, end - start + 1);
    const keys = components.flatMap(({ id }) =>
      Array.from({ length }, (_, k) => 64 * id + start + k),
    );
    const isRight = keys.every((key) => this.#known.get(key) === (high === 0 ? undefined : high));
    if (isRight) for (const key of keys) this.#known.set(key, low);
    return isRight;
  }
}
