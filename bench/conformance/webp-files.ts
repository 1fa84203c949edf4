import sharp, { type WebpOptions } from "sharp";
import { seededRandom } from "../../scripts/scene/noise.ts";

export interface TestFile {
  /** What makes the file again, or where it is. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Small WebPs with everything that sharp's encoder can do: lossy, lossless, near lossless, alpha, presets,
 * efforts, palettes, odd sizes. Each fourth has some bytes changed behind its header; whether it is still
 * a picture is for the reference to say.
 */
export async function* generateWebps(count: number, seed: number): AsyncGenerator<TestFile> {
  for (let number = 0; number < count; number++) {
    const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
    const dice = new Dice(random);
    const picture = drawPicture(dice);
    const options = chooseOptions(dice);
    const { width, height, rgba, hasAlpha } = picture;
    const pixels = sharp(rgba, { raw: { width, height, channels: 4 } });
    const file = await (hasAlpha ? pixels : pixels.removeAlpha()).webp(options).toBuffer();
    const bytes = new Uint8Array(file);
    const isDamaged = number % 4 === 3;
    if (isDamaged) damage(bytes, dice);
    const form = `${width} × ${height} ${picture.kind}${hasAlpha ? " with alpha" : ""}`;
    const name = `${number}: ${form} ${JSON.stringify(options)}${isDamaged ? " damaged" : ""}`;
    yield { name, bytes };
  }
}

const kinds = ["noise", "bands", "specks", "flat", "smooth", "grain"] as const;

interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
  readonly hasAlpha: boolean;
  readonly kind: (typeof kinds)[number];
}

function drawPicture(dice: Dice): Drawing {
  const kind = dice.pick(kinds);
  const hasAlpha = dice.chance(0.4);
  const [width, height] = [dice.side(), dice.side()];
  const palette = Array.from({ length: dice.pick([2, 3, 5, 16, 17, 100, 256]) }, () =>
    dice.colour(),
  );
  const waves = Array.from({ length: 4 }, () => dice.fraction() * 0.3);
  const [a = 0, b = 0, c = 0, d = 0] = waves;
  const grain = kind === "grain" ? 30 : 2;
  const colourAt = (x: number, y: number): readonly number[] => {
    if (kind === "noise") return dice.colour();
    if (kind === "specks") return dice.pick(palette);
    if (kind === "flat") return palette[0] ?? [];
    if (kind === "bands") {
      const share = (Math.sin(x * a) + Math.sin(y * b) + 2) / 4;
      return palette[Math.floor(share * 0.999 * palette.length)] ?? [];
    }
    const wave = (phase: number) => 128 + 127 * Math.sin(phase) + grain * dice.fraction();
    return [wave(x * a), wave(y * b + x * c), (x * 7 + y * 3) & 255, wave((x + y) * d)];
  };
  const rgba = new Uint8Array(width * height * 4);
  for (let at = 0; at < width * height; at++) {
    const colour = colourAt(at % width, Math.floor(at / width));
    rgba.set(
      colour.map((value) => Math.min(255, Math.max(0, value))),
      at * 4,
    );
    if (!hasAlpha) rgba[at * 4 + 3] = 255;
  }
  return { width, height, rgba, hasAlpha, kind };
}

function chooseOptions(dice: Dice): WebpOptions {
  return {
    quality: dice.pick([1, 2, 10, 30, 50, 80, 90, 95, 100]),
    effort: dice.pick([0, 1, 2, 3, 4, 5, 6]),
    preset: dice.pick(["default", "photo", "picture", "drawing", "icon", "text"] as const),
    smartSubsample: dice.chance(0.2),
    alphaQuality: dice.pick([100, 100, 0, 50, 90]),
    ...dice.pick([{}, {}, {}, { lossless: true }, { lossless: true }, { nearLossless: true }]),
  };
}

/** A few bytes of the coded pixels: behind the containers' headers and the picture's size. */
function damage(bytes: Uint8Array, dice: Dice): void {
  const start = Math.min(bytes.length - 1, bytes[15] === 0x58 ? 60 : 30);
  for (let left = dice.pick([1, 1, 2, 4]); left > 0; left--) {
    const at = start + Math.floor(dice.fraction() * (bytes.length - start));
    bytes[at] = Math.floor(dice.fraction() * 256);
  }
}

class Dice {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** 0 to below 1. */
  fraction(): number {
    return this.#random();
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[Math.floor(this.#random() * values.length)] as Value;
  }

  /** 1 to 200, the smaller the likelier. */
  side(): number {
    return 1 + Math.floor(this.#random() ** 1.5 * 200);
  }

  colour(): readonly number[] {
    const value = () => Math.floor(this.#random() * 256);
    return [value(), value(), value(), this.pick([255, 255, 0, value()])];
  }
}
