/** ICC profiles of a printer that never was, in every form that a table of inks comes in. */

export interface ProfileForm {
  readonly type: "mft1" | "mft2" | "mAB ";
  readonly connection?: "Lab " | "XYZ ";
  readonly space?: string;
  readonly tag?: string;
  /** Levels of each ink in the grid. */
  readonly sides?: readonly number[];
  /** Bytes of an entry of the grid of `mAB `. */
  readonly precision?: 1 | 2;
  /** Curves "M" and a matrix in `mAB `, to undo what is done to the grid for them. */
  readonly withMatrix?: boolean;
  /** How much of the light a full ink takes, of what a good one would. */
  readonly strength?: number;
}

export function writeCmykProfile(form: ProfileForm): Uint8Array {
  const { type, connection = "Lab ", space = "CMYK", tag = "A2B0" } = form;
  const table = type === "mAB " ? writeElements(form) : writeTables(form);
  const white = writeXyz([0.9642, 1, 0.8249]);
  const header = Buffer.alloc(128 + 4 + 24);
  header.writeUInt32BE(header.length + white.length + table.length, 0);
  header.writeUInt32BE(type === "mAB " ? 0x0420_0000 : 0x0210_0000, 8);
  header.write(`prtr${space}${connection}`, 12, "latin1");
  header.write("acsp", 36, "latin1");
  [0.9642, 1, 0.8249].forEach((value, k) => header.writeInt32BE(toFixed(value), 68 + k * 4));
  header.writeUInt32BE(2, 128);
  const entries = [
    ["wtpt", header.length, white.length],
    [tag, header.length + white.length, table.length],
  ] as const;
  entries.forEach(([name, offset, length], k) => {
    header.write(name, 132 + k * 12, "latin1");
    header.writeUInt32BE(offset, 136 + k * 12);
    header.writeUInt32BE(length, 140 + k * 12);
  });
  return new Uint8Array(Buffer.concat([header, white, table]));
}

const inkCount = 4;
const outputs = 3;

/** Some light is lost to each ink, and none takes all of it. */
function print(inks: readonly number[], strength: number): readonly number[] {
  const [c = 0, m = 0, y = 0, k = 0] = inks.map((ink) => ink * strength);
  const light = [
    (1 - 0.85 * c) * (1 - 0.1 * m) * (1 - 0.05 * y),
    (1 - 0.3 * c) * (1 - 0.8 * m) * (1 - 0.1 * y),
    (1 - 0.1 * c) * (1 - 0.4 * m) * (1 - 0.85 * y),
  ].map((part) => part * (1 - 0.95 * k));
  const [r = 0, g = 0, b = 0] = light;
  return [
    0.4361 * r + 0.3851 * g + 0.1431 * b,
    0.2225 * r + 0.7169 * g + 0.0606 * b,
    0.0139 * r + 0.0971 * g + 0.7142 * b,
  ];
}

export function toLab([x = 0, y = 0, z = 0]: readonly number[]): readonly number[] {
  const f = (part: number) => (part > 216 / 24_389 ? Math.cbrt(part) : part * (841 / 108) + 4 / 29);
  const [fx, fy, fz] = [f(x / 0.9642), f(y), f(z / 0.8249)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

/** What an entry of the grid says, of 0..1. */
function encode(inks: readonly number[], form: ProfileForm): readonly number[] {
  const { type, connection, strength = 1, withMatrix = false } = form;
  const values = encodePlain(print(inks, strength), type, connection);
  const [first = 0, second = 0, third = 0] = values.map((value) => (value + 0.5) / 2);
  return withMatrix ? [third, first, second] : values;
}

/** Doubles, takes a half away, and puts the third value last again. */
const matrixNumbers = [0, 2, 0, 0, 0, 2, 2, 0, 0, -0.5, -0.5, -0.5];

function encodePlain(
  xyz: readonly number[],
  type: ProfileForm["type"],
  connection: ProfileForm["connection"],
): readonly number[] {
  if (connection === "XYZ ") return xyz.map((value) => (value * 32_768) / 65_535);
  const [l = 0, a = 0, b = 0] = toLab(xyz);
  const scale = type === "mft2" ? 65_280 / 65_535 : 1;
  return [l / 100, (a + 128) / 255, (b + 128) / 255].map((value) => value * scale);
}

/** The last ink varies fastest. Curves before the grid have turned an ink into its square root. */
function writeGrid(form: ProfileForm, sides: readonly number[], bytes: 1 | 2): Buffer {
  const count = sides.reduce((product, side) => product * side, 1);
  const values: number[] = [];
  for (let entry = 0; entry < count; entry++) {
    let left = entry;
    const levels = sides.toReversed().map((side) => {
      const level = left % side;
      left = Math.floor(left / side);
      return level / (side - 1);
    });
    const inks = levels.toReversed().map((level) => level ** 2);
    values.push(...encode(inks, form));
  }
  return writeEntries(values, bytes);
}

function writeTables(form: ProfileForm): Buffer {
  const { type, sides = [9, 9, 9, 9] } = form;
  const bytes = type === "mft1" ? 1 : 2;
  const [side = 0] = sides;
  const entries = 256;
  const head = Buffer.alloc(bytes === 1 ? 48 : 52);
  head.write(type, "latin1");
  head.set([inkCount, outputs, side], 8);
  [0, 4, 8].forEach((k) => head.writeInt32BE(toFixed(1), 12 + k * 4));
  if (bytes === 2) {
    head.writeUInt16BE(entries, 48);
    head.writeUInt16BE(2, 50);
  }
  const levels = Array.from({ length: 256 }, (_, level) => level / 255);
  const roots = levels.map((level) => Math.sqrt(level));
  const before = Array.from({ length: inkCount }, () => writeEntries(roots, bytes));
  const straight = bytes === 1 ? levels : [0, 1];
  const after = Array.from({ length: outputs }, () => writeEntries(straight, bytes));
  return Buffer.concat([head, ...before, writeGrid(form, sides, bytes), ...after]);
}

function writeElements(form: ProfileForm): Buffer {
  const { sides = [9, 8, 7, 6], precision = 2, withMatrix = false } = form;
  const gridHead = Buffer.alloc(20);
  gridHead.set(sides);
  gridHead.set([precision], 16);
  const grid = padded(Buffer.concat([gridHead, writeGrid(form, sides, precision)]));
  const roots = Buffer.concat(Array.from({ length: inkCount }, () => writeGamma(0.5)));
  const straight = Buffer.concat(Array.from({ length: outputs }, writeIdentity));
  const matrix = Buffer.alloc(48);
  matrixNumbers.forEach((value, k) => matrix.writeInt32BE(toFixed(value), k * 4));
  const head = Buffer.alloc(32);
  head.write("mAB ", "latin1");
  head.set([inkCount, outputs], 8);
  const parts: Buffer[] = [head];
  const place = (at: number, part: Buffer): void => {
    head.writeUInt32BE(
      parts.reduce((sum, { length }) => sum + length, 0),
      at,
    );
    parts.push(part);
  };
  place(12, straight);
  if (withMatrix) {
    place(16, matrix);
    place(20, straight);
  }
  place(24, grid);
  place(28, roots);
  return Buffer.concat(parts);
}

/** `para`, form 0. */
function writeGamma(gamma: number): Buffer {
  const curve = Buffer.alloc(16);
  curve.write("para", "latin1");
  curve.writeInt32BE(toFixed(gamma), 12);
  return curve;
}

/** `curv` of no entry. */
function writeIdentity(): Buffer {
  const curve = Buffer.alloc(12);
  curve.write("curv", "latin1");
  return curve;
}

function writeXyz(values: readonly number[]): Buffer {
  const tag = Buffer.alloc(20);
  tag.write("XYZ ", "latin1");
  values.forEach((value, k) => tag.writeInt32BE(toFixed(value), 8 + k * 4));
  return tag;
}

function writeEntries(values: readonly number[], bytes: 1 | 2): Buffer {
  const entries = Buffer.alloc(values.length * bytes);
  const most = bytes === 1 ? 255 : 65_535;
  values.forEach((value, k) => {
    entries.writeUIntBE(Math.round(Math.min(1, Math.max(0, value)) * most), k * bytes, bytes);
  });
  return entries;
}

function padded(part: Buffer): Buffer {
  return Buffer.concat([part, Buffer.alloc(-part.length & 3)]);
}

function toFixed(value: number): number {
  return Math.round(value * 65_536);
}
