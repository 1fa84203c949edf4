import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { rgbaOf } from "../../../../engine/codecs/codec.ts";
import { bytes, png, pngChunk, pngHeader } from "../../../core/image/made-headers.ts";
import { bytesAt } from "../../../../engine/pixels/workspace.ts";
import { decodeRequest } from "../../pixels/fixtures.ts";
import { infoOf, newPngDecoder } from "../codecs.ts";
import { withWrongCrc } from "./fixture.ts";

const decoder = newPngDecoder();
const width = 64;
/** Rows are handed out as many at once: these are two times that, and some. */
const atOnce = Math.floor(limits.pngStripBytes / (width * 4));
const height = 2 * atOnce + 3;
const info = infoOf("png", width, height);
const header = pngHeader({ width, height, colourType: 0 });
const end = pngChunk("IEND");
const rows = Array.from({ length: height }, (_, y) =>
  bytes(0, new Uint8Array(width).fill(y & 255)),
);
/** Stored as it is, so that rows are there as far as the data go. */
const data = deflateSync(bytes(...rows), { level: 0 });

/** In memory that was used before. */
function read(file: Uint8Array, partial: boolean) {
  const request = decodeRequest(info);
  const { workspace } = request;
  const used = workspace.allocate(width * height * 4);
  bytesAt(workspace, used, width * height * 4).fill(9);
  workspace.free(used);
  return decoder.decode(file, { ...request, partial });
}
const file = (...data: readonly Uint8Array[]) =>
  png(header, ...data.map((part) => pngChunk("IDAT", part)), end);
function partOf(source: Uint8Array) {
  const part = read(source, true);
  if (!part.ok) throw new Error(JSON.stringify(part.error));
  return { ...part.value, rgba: rgbaOf(part.value) };
}
const half = data.subarray(0, data.length >> 1);
const rowsInHalf = height >> 1;

test("a picture that is cut off is shown as far as it goes, and clear from there on", () => {
  expect(read(file(half), false)).toMatchObject({ error: { reason: "truncated_image" } });
  const { rgba, bitmap, partial } = partOf(file(half));
  expect({ partial, opaque: bitmap.opaque }).toEqual({ partial: true, opaque: false });
  const shown = rgba.filter((_, at) => at % (4 * width) === 3);
  expect(shown.indexOf(0)).toBe(rowsInHalf);
  expect(rgba.subarray(rowsInHalf * width * 4).every((value) => value === 0)).toBe(true);
  expect([...rgba.subarray(7 * width * 4, 7 * width * 4 + 4)]).toEqual([7, 7, 7, 255]);
});

test("rows of a damaged chunk are shown, and what follows it is not", () => {
  const chunk = pngChunk("IDAT", half);
  const source = png(
    header,
    withWrongCrc(chunk),
    pngChunk("IDAT", data.subarray(half.length)),
    end,
  );
  expect(read(source, false)).toMatchObject({ error: { detail: "CRC of IDAT" } });
  expect(
    partOf(source)
      .rgba.filter((_, at) => at % (4 * width) === 3)
      .indexOf(0),
  ).toBe(rowsInHalf);
});

test("a whole picture in a damaged chunk is one in part, however long the chunk is", () => {
  const short = deflateSync(bytes(...rows));
  for (const source of [data, short].map((all) =>
    png(header, withWrongCrc(pngChunk("IDAT", all)), end),
  )) {
    expect(read(source, false)).toMatchObject({ error: { detail: "CRC of IDAT" } });
    expect(partOf(source).partial).toBe(true);
  }
});

test("rows of a piece of data that is damaged are not shown", () => {
  const broken = rows.map((row, y) => (y === atOnce + 9 ? row.with(0, 9) : row));
  const { rgba } = partOf(file(deflateSync(bytes(...broken), { level: 0 })));
  const inFirstPiece = Math.floor(65_536 / (width + 1));
  expect(rgba.filter((_, at) => at % (4 * width) === 3).indexOf(0)).toBe(inFirstPiece);
});

test("a long chunk behind the last row is not looked at", () => {
  const behind = withWrongCrc(pngChunk("IDAT", new Uint8Array(70_000)));
  const more = pngChunk("IDAT", bytes(data, new Uint8Array(300)));
  expect(read(png(header, more, behind, end), false)).toMatchObject({ ok: true });
});

test("a picture without a row is refused, and a whole one is not said to be in part", () => {
  expect(read(file(data.subarray(0, 9)), true)).toMatchObject({
    error: { reason: "truncated_image" },
  });
  expect(read(png(header, end), true)).toMatchObject({ error: { reason: "corrupt_image" } });
  const whole = read(file(data), true);
  expect(whole).toMatchObject({ ok: true, value: { bitmap: { opaque: true } } });
  expect(whole.ok && "partial" in whole.value).toBe(false);
});
