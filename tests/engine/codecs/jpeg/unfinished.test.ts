import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { JpegReader } from "../../../../engine/codecs/jpeg/syntax/header.ts";
import { skipData, visitSegments } from "../../../../engine/codecs/jpeg/syntax/markers.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import { jpegOutcome, jpegPixels, scene } from "../../pixels/fixtures.ts";

const raw = { width: 96, height: 64, channels: 4 } as const;
const picture = sharp(scene(96, 64), { raw }).jpeg({ progressive: true, quality: 90 });
const { head, scans, end } = takeApart(await picture.toBuffer());

describe("a progressive picture whose scans do not bring every bit is shown as libvips shows it", () => {
  test.each([
    ["the last scan is missing", scans.slice(0, -1)],
    ["no scan refines another", scans.filter(({ high }) => high === 0)],
    [
      "one component is nothing but means",
      without(({ start, component }) => start > 0 && component === 2),
    ],
    ["the means are missing", scans.filter(({ start }) => start > 0)],
    ["the means come late", [...scans.slice(1, 2), ...scans.slice(0, 1), ...scans.slice(2)]],
  ])("%s", async (_, kept) => {
    const file = assemble(kept);
    const theirs = await sharp(file, { failOn: "none" }).ensureAlpha().raw().toBuffer();
    const { rgba } = jpegPixels(file);
    expect(samplePsnr(rgba, theirs)).toBeGreaterThan(37);
  });
});

test.each([
  ["only means", scans.slice(0, 1)],
  ["means and a little detail", scans.slice(0, 2)],
])("a picture of %s is smoothed as libvips smooths it", async (_, kept) => {
  const file = assemble(kept);
  const theirs = await sharp(file, { failOn: "none" }).ensureAlpha().raw().toBuffer();
  expect(samplePsnr(jpegPixels(file).rgba, theirs)).toBeGreaterThan(43);
});

test("a scan that adds bits to what no scan began is passed over", () => {
  const ofRed = ({ start, component }: ScanBytes) => start > 0 && component === 2;
  const foreign = jpegPixels(assemble(without((scan) => ofRed(scan) && scan.high === 0)));
  const none = jpegPixels(assemble(without(ofRed)));
  expect(samplePsnr(foreign.rgba, none.rgba)).toBeGreaterThan(25);
});

describe("a progressive picture is damaged", () => {
  test("where a scan comes twice", () => {
    expect(jpegOutcome(assemble([...scans.slice(0, 2), ...scans.slice(1)]))).toBe("corrupt_image");
  });

  test("where scans are missing and the data of one end early", () => {
    const [first, second, ...others] = scans.slice(0, -1);
    if (!first || !second) throw new Error("Too few scans");
    const cut = { ...second, bytes: second.bytes.subarray(0, -20) };
    expect(jpegOutcome(assemble([first, cut, ...others]))).toBe("corrupt_image");
  });

  test("where scans are missing and its end too", () => {
    const file = assemble(scans.slice(0, -1));
    expect(jpegOutcome(file.subarray(0, -2))).toBe("truncated_image");
  });
});

interface ScanBytes {
  /** With the tables before it. */
  readonly bytes: Uint8Array;
  /** The first of its components, the first coefficient, and the bits that came before. */
  readonly component: number | undefined;
  readonly start: number;
  readonly high: number;
}

function takeApart(file: Uint8Array) {
  const reader = new JpegReader(file);
  const found: ScanBytes[] = [];
  const headEnd = visitSegments(file, 2, () => {});
  let at = headEnd;
  for (let scan = reader.nextScan(2); scan && scan !== "end"; scan = reader.nextScan(at)) {
    const dataEnd = skipData(file, scan.dataStart);
    const { start, high, components } = scan;
    const bytes = file.subarray(at, dataEnd);
    found.push({ bytes, component: components[0]?.index, start, high });
    at = dataEnd;
  }
  return { head: file.subarray(0, headEnd), scans: found, end: file.subarray(at) };
}

function without(isLeftOut: (scan: ScanBytes) => boolean): readonly ScanBytes[] {
  return scans.filter((scan) => !isLeftOut(scan));
}

function assemble(kept: readonly ScanBytes[]): Buffer {
  return Buffer.concat([head, ...kept.map(({ bytes }) => bytes), end]);
}
