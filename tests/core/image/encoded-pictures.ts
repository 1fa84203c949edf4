import sharp from "sharp";

/** Pictures of 24 × 16 pixels as a real encoder writes them, by what is special about them. */
export async function encodePictures(): Promise<Record<PictureName, Uint8Array>> {
  const entries = Object.entries(recipes).map(
    async ([name, recipe]) => [name, new Uint8Array(await recipe())] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as Record<PictureName, Uint8Array>;
}

export type PictureName = keyof typeof recipes;

const picture = (channels: 3 | 4, red = 200) =>
  sharp({
    create: { width: 24, height: 16, channels, background: { r: red, g: 30, b: 40, alpha: 0.5 } },
  });

const turned = { orientation: 6 };

async function animation() {
  const frames = [picture(4), picture(4, 10), picture(4, 90)].map((frame) =>
    frame.png().toBuffer(),
  );
  return sharp(await Promise.all(frames), { join: { animated: true } });
}

const recipes = {
  jpeg: () => picture(3).jpeg().toBuffer(),
  "jpeg 4:4:4": () => picture(3).jpeg({ chromaSubsampling: "4:4:4" }).toBuffer(),
  "jpeg progressive": () => picture(3).jpeg({ progressive: true }).toBuffer(),
  "jpeg grey": () => picture(3).toColourspace("b-w").jpeg().toBuffer(),
  "jpeg cmyk": () => picture(3).toColourspace("cmyk").jpeg().toBuffer(),
  "jpeg turned, with profile": () => picture(3).withMetadata(turned).jpeg().toBuffer(),
  png: () => picture(3).png().toBuffer(),
  "png alpha": () => picture(4).png().toBuffer(),
  "png palette with transparency": () => picture(4).png({ palette: true }).toBuffer(),
  "png 16 bit": () => picture(3).toColourspace("rgb16").png().toBuffer(),
  "png grey, interlaced": () =>
    picture(3).toColourspace("b-w").png({ progressive: true }).toBuffer(),
  "png turned, with profile": () => picture(3).withMetadata(turned).png().toBuffer(),
  webp: () => picture(3).webp().toBuffer(),
  "webp alpha": () => picture(4).webp().toBuffer(),
  "webp lossless": () => picture(3).webp({ lossless: true }).toBuffer(),
  "webp lossless alpha": () => picture(4).webp({ lossless: true }).toBuffer(),
  "webp turned, with profile": () => picture(3).withMetadata(turned).webp().toBuffer(),
  "webp animated": async () => (await animation()).webp().toBuffer(),
  gif: () => picture(3).gif().toBuffer(),
  "gif animated": async () => (await animation()).gif().toBuffer(),
  avif: () => picture(3).avif({ effort: 0 }).toBuffer(),
  "avif alpha": () => picture(4).avif({ effort: 0 }).toBuffer(),
  "avif 10 bit": () => picture(3).avif({ effort: 0, bitdepth: 10 }).toBuffer(),
  "avif with profile": () => picture(3).withIccProfile("p3").avif({ effort: 0 }).toBuffer(),
} satisfies Record<string, () => Promise<Buffer>>;
