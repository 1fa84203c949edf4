/**
 * A progressive JPEG without the scans that refine what no scan before has brought, as when scans are lost or moved.
 * libjpeg decodes those into nonsense and may then complain of their codes; the rule passes over them and estimates what
 * is lacking. Undefined where there is none of them.
 */
export function withoutForeignScans(source: Uint8Array): Buffer | undefined {
  const file = Buffer.from(source);
  /** By component and coefficient: the lowest bit that is known. */
  const known = new Map<number, number>();
  const kept: Buffer[] = [];
  let from = 0;
  for (let at = 2; at + 4 <= file.length;) {
    const marker = file[at] === 0xff ? (file[at + 1] ?? 0) : 0;
    if (marker === 0xd9) break;
    const standsAlone = marker === 0 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd8);
    if (standsAlone) {
      at += marker === 0 || marker === 0xff ? 1 : 2;
      continue;
    }
    const data = at + 2 + file.readUInt16BE(at + 2);
    const end = marker === 0xda ? endOfData(file, data) : data;
    if (marker === 0xda && !isExpected(file.subarray(at + 4, data), known)) {
      kept.push(file.subarray(from, at));
      from = end;
    }
    at = end;
  }
  return kept.length > 0 ? Buffer.concat([...kept, file.subarray(from)]) : undefined;
}

/** Whether every coefficient of the scan is as far as it says (ITU-T T.81, G.1.1.1.1); notes how far it is then. */
function isExpected(header: Buffer, known: Map<number, number>): boolean {
  const count = header[0] ?? 0;
  const [start = 0, end = 0, bits = 0] = header.subarray(1 + 2 * count);
  const [high, low] = [bits >> 4, bits & 15];
  const coefficients = Array.from(
    { length: count },
    (_, index) => header[1 + 2 * index] ?? 0,
  ).flatMap((id) =>
    Array.from({ length: Math.max(0, end - start + 1) }, (_, k) => 64 * id + start + k),
  );
  const isFirst = high === 0;
  const isRight = coefficients.every((key) =>
    isFirst ? !known.has(key) : known.get(key) === high,
  );
  if (isRight) for (const key of coefficients) known.set(key, low);
  return isRight;
}

/** The first marker that is neither a restart nor a stuffed byte. */
function endOfData(file: Buffer, start: number): number {
  let at = start;
  for (; at + 1 < file.length; at++) {
    const next = file[at + 1] ?? 0;
    if (file[at] === 0xff && next !== 0 && (next < 0xd0 || next > 0xd7)) return at;
  }
  return file.length;
}
