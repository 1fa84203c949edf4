import { zigzag } from "../../../../engine/codecs/jpeg/syntax/tables.ts";

/** Blocks of one component in an MCU. */
export interface Sampling {
  readonly h: number;
  readonly v: number;
}

export interface DcJpeg {
  readonly width: number;
  readonly height: number;
  readonly components: readonly Sampling[];
  /** MCUs between restart markers; 0 for none. */
  readonly restartInterval?: number;
}

/**
 * A JPEG whose blocks are flat, in any sampling that T.81 allows and with restart markers: what encoders at
 * hand do not write. `level` gives the DC of a block, -800 to 800, at a place in the picture from 0 to 1.
 */
export function writeDcJpeg(
  { width, height, components, restartInterval = 0 }: DcJpeg,
  level: (component: number, x: number, y: number) => number,
): Uint8Array {
  const h = Math.max(...components.map((own) => own.h));
  const v = Math.max(...components.map((own) => own.v));
  const [across, down] = [Math.ceil(width / (8 * h)), Math.ceil(height / (8 * v))];
  const data: number[] = [];
  let bits = "";
  let last = components.map(() => 0);
  const flush = () => {
    bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, "1");
    for (let at = 0; at < bits.length; at += 8) {
      const byte = parseInt(bits.slice(at, at + 8), 2);
      data.push(byte, ...(byte === 0xff ? [0] : []));
    }
    bits = "";
  };
  for (let mcu = 0; mcu < across * down; mcu++) {
    if (restartInterval > 0 && mcu > 0 && mcu % restartInterval === 0) {
      flush();
      data.push(0xff, 0xd0 + ((mcu / restartInterval - 1) & 7));
      last = components.map(() => 0);
    }
    components.forEach((own, index) => {
      for (let block = 0; block < own.h * own.v; block++) {
        const x = (mcu % across) * own.h + (block % own.h);
        const y = Math.floor(mcu / across) * own.v + Math.floor(block / own.h);
        const dc = Math.round(
          level(index, (x + 0.5) / (across * own.h), (y + 0.5) / (down * own.v)),
        );
        bits += dcBits(dc - (last[index] ?? 0)) + endOfBlock;
        last[index] = dc;
      }
    });
  }
  flush();
  const ids = components.map((_, index) => index + 1);
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...segment(0xdb, [0, ...Array.from(zigzag, () => 8)]),
    ...segment(0xc0, [
      ...[8, height >> 8, height & 255, width >> 8, width & 255, components.length],
      ...components.flatMap((own, index) => [index + 1, (own.h << 4) | own.v, 0]),
    ]),
    // Twelve DC sizes in codes of four bits, and the end of a block in one of two.
    ...segment(0xc4, [0x00, 0, 0, 0, 12, ...zeros(12), ...dcSizes]),
    ...segment(0xc4, [0x10, 0, 1, ...zeros(14), 0]),
    ...(restartInterval > 0 ? segment(0xdd, [restartInterval >> 8, restartInterval & 255]) : []),
    ...segment(0xda, [ids.length, ...ids.flatMap((id) => [id, 0]), 0, 63, 0]),
    ...data,
    ...[0xff, 0xd9],
  ]);
}

const dcSizes = Array.from({ length: 12 }, (_, size) => size);
const endOfBlock = "00";
const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

function dcBits(difference: number): string {
  const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
  const own = difference < 0 ? difference + 2 ** size - 1 : difference;
  const value = size === 0 ? "" : own.toString(2).padStart(size, "0");
  return size.toString(2).padStart(4, "0") + value;
}

function segment(marker: number, payload: readonly number[]): number[] {
  const length = payload.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...payload];
}

/** Those that cameras and encoders write, and a few that hardly any does. */
export const samplings: Record<string, readonly Sampling[]> = {
  "4:4:4": [
    { h: 1, v: 1 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
  "4:2:2": [
    { h: 2, v: 1 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
  "4:4:0": [
    { h: 1, v: 2 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
  "4:2:0": [
    { h: 2, v: 2 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
  "4:1:1": [
    { h: 4, v: 1 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
  "4:1:0": [
    { h: 4, v: 2 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
  "red halved alone": [
    { h: 2, v: 2 },
    { h: 2, v: 2 },
    { h: 1, v: 1 },
  ],
  "luma halved": [
    { h: 1, v: 1 },
    { h: 2, v: 2 },
    { h: 2, v: 2 },
  ],
  grey: [{ h: 1, v: 1 }],
};

/** Gentle slopes, another for each component. */
export const slopes = (component: number, x: number, y: number): number =>
  [300 * x - 200 * y, 200 * y - 120, 220 * x - 90][component] ?? 0;
