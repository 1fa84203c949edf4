import { describe, expect, onTestFinished, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { LibheifError, openHeic } from "../../../../engine/codecs/heic/libheif.ts";
import {
  context,
  fakeLibheif,
  handle,
  optionBytes,
  planes,
  type FakePicture,
} from "./fake-libheif.ts";

const file = Uint8Array.of(5, 6, 7, 8, 9);
const pageBytes = 65_536;

function open(about: FakePicture = {}, bytesMax = pageBytes) {
  const fake = fakeLibheif(about);
  return { ...fake, picture: openHeic(fake.library, file, bytesMax) };
}

/** Why it is refused. */
function refusalOf(run: () => unknown) {
  try {
    run();
  } catch (cause) {
    if (cause instanceof LibheifError) return cause.refusal;
    throw cause;
  }
  throw new Error("not refused");
}

const damaged = (code: number) => ({
  reason: "corrupt_image",
  detail: `The HEIC's picture cannot be decoded (libheif's error ${code})`,
});

describe("a file is opened", () => {
  test("as it is, for sides as long as those of any source", () => {
    const { callsOf, bytesAt } = open();
    expect(callsOf("heif_context_set_maximum_image_size_limit")).toEqual([
      ["heif_context_set_maximum_image_size_limit", context, limits.sourceSideMax],
    ]);
    const [read] = callsOf("heif_context_read_from_memory_without_copy");
    expect(read?.slice(2)).toEqual([context, expect.any(Number), file.length, 0]);
    expect(bytesAt(read?.[3] ?? 0, file.length)).toEqual(file);
    expect(callsOf("heif_context_get_primary_image_handle")[0]?.[2]).toBe(context);
    expect(callsOf("heif_image_handle_get_image_tiling")[0]?.slice(2, 4)).toEqual([handle, 0]);
  });

  test("and its primary picture's size and parts are told", () => {
    const { picture } = open({
      ...{ columns: 3, rows: 2, part: { width: 64, height: 48 } },
      size: { width: 180, height: 90 },
    });
    expect(picture).toMatchObject({
      ...{ width: 180, height: 90, columns: 3, rows: 2, part: { width: 64, height: 48 } },
      icc: undefined,
    });
    expect(picture.instance.memory.buffer.byteLength).toBe(pageBytes);
  });

  test.each([
    "heif_context_read_from_memory_without_copy",
    "heif_context_get_primary_image_handle",
    "heif_image_handle_get_image_tiling",
  ])("unless it is damaged, which %s says", (name) => {
    expect(refusalOf(() => open({ errors: { [name]: 7 } }))).toEqual(damaged(7));
  });

  test("by a library that knows a folder, as in Node", () => {
    const place = globalThis as { __dirname?: string | undefined };
    const before = place.__dirname;
    onTestFinished(() => {
      place.__dirname = before;
    });
    place.__dirname = undefined;
    open();
    expect(place.__dirname).toBe("/");
    place.__dirname = "/elsewhere";
    open();
    expect(place.__dirname).toBe("/elsewhere");
  });
});

describe("a profile", () => {
  test("is copied out of libheif's memory", () => {
    const profile = Uint8Array.of(1, 2, 3);
    const { picture, callsOf } = open({ profile });
    expect(picture.icc).toEqual(profile);
    expect(picture.icc?.buffer.byteLength).toBe(3);
    expect(callsOf("heif_image_handle_get_raw_color_profile")[0]?.[2]).toBe(handle);
  });

  test("has at most metadataBytesMax", () => {
    const most = limits.metadataBytesMax;
    const iccOf = (length: number) =>
      open({ profile: new Uint8Array(length), pages: Math.ceil(most / pageBytes) }, Infinity)
        .picture.icc;
    expect(iccOf(most)).toHaveLength(most);
    expect(iccOf(most + 1)).toBeUndefined();
  });

  test("is not asked for where there is none", () => {
    expect(open().callsOf("heif_image_handle_get_raw_color_profile")).toEqual([]);
  });
});

describe("a part is decoded", () => {
  test("to 8 bits of 4:2:0, not turned, and freed when it is no longer needed", () => {
    const { picture, callsOf, bytesAt } = open({ columns: 3, rows: 2 });
    const { release } = picture.decodePart(2, 1);
    const options = bytesAt(optionBytes.pointer, optionBytes.length);
    expect([...options.entries()].filter(([, value]) => value !== 0)).toEqual([
      [1, 1],
      [20, 1],
    ]);
    const [decode] = callsOf("heif_image_handle_decode_image_tile");
    expect(decode?.[2]).toBe(handle);
    expect(decode?.slice(4)).toEqual([0, 1, optionBytes.pointer, 2, 1]);
    expect(callsOf("heif_image_release")).toEqual([]);
    release();
    expect(callsOf("heif_image_release")).toEqual([["heif_image_release", 33]]);
  });

  test("into planes of the library's memory", () => {
    const { picture } = open();
    const { frame } = picture.decodePart(0, 0).decoded;
    expect(frame).toMatchObject({ width: 64, height: 48, planes });
    expect(planes.map(({ pointer }) => frame.bytes[pointer])).toEqual([101, 102, 103]);
    expect(frame.bytes).toHaveLength(pageBytes);
  });

  test("of a frame that is larger than the part, too, and of no smaller one", () => {
    const decode = (width: number, height: number) => {
      const { picture } = open({ frame: { width, height } });
      return picture.decodePart(0, 0).decoded.frame;
    };
    expect(decode(65, 49)).toMatchObject({ width: 65, height: 49 });
    for (const [width, height] of [
      [63, 48],
      [64, 47],
    ] as const)
      expect(refusalOf(() => decode(width, height))).toEqual(damaged(0));
  });

  test.each([0, 1, 2])("unless plane %i is missing", (missingPlane) => {
    const { picture } = open({ missingPlane });
    expect(refusalOf(() => picture.decodePart(0, 0))).toEqual(damaged(0));
  });

  test("unless it is damaged", () => {
    const { picture } = open({ errors: { heif_image_handle_decode_image_tile: 9 } });
    expect(refusalOf(() => picture.decodePart(0, 0))).toEqual(damaged(9));
  });

  test("unless it takes more memory than planned, whether it is damaged or not", () => {
    const over = { reason: "over_memory_plan", bytes: 2 * pageBytes, bytesMax: 2 * pageBytes };
    const growing = (pages: number): FakePicture => ({
      onDecode: (grow) => {
        try {
          grow(pages);
        } catch {
          // As the library's own JavaScript does.
        }
      },
    });
    const decode = (about: FakePicture) => open(about, 2 * pageBytes).picture.decodePart(0, 0);
    expect(decode(growing(1)).decoded.frame.bytes).toHaveLength(2 * pageBytes);
    expect(refusalOf(() => decode(growing(2)))).toEqual(over);
    const errors = { heif_image_handle_decode_image_tile: 6 };
    expect(refusalOf(() => decode({ ...growing(2), errors }))).toEqual(over);
  });
});

describe("colours are mixed", () => {
  /** A sample of luma as JPEG has it, of a frame in which luma is 101 and colour none. */
  function lumaOf(colours: FakePicture["colours"]) {
    const { picture, callsOf } = open({ ...(colours && { colours }) });
    const { frame, copyRow } = picture.decodePart(0, 0).decoded;
    for (const { pointer } of frame.planes.slice(1)) frame.bytes[pointer] = 128;
    const out = new Uint8Array(1);
    copyRow(frame, 0, 0, 1, out, 0);
    return { luma: out[0], freed: callsOf("heif_nclx_color_profile_free") };
  }

  test("as the file says; what it says is freed", () => {
    const freed = [["heif_nclx_color_profile_free", 60_000]];
    expect(lumaOf({ matrix: 6, fullRange: true })).toEqual({ luma: 101, freed });
    expect(lumaOf({ matrix: 9, fullRange: true })).toEqual({ luma: 101, freed });
    expect(lumaOf({ matrix: 6, fullRange: false })).toEqual({ luma: 99, freed });
  });

  test("as in JPEG where it says nothing", () => {
    expect(lumaOf(undefined)).toEqual({ luma: 101, freed: [] });
  });

  test("unless that is rare", () => {
    expect(refusalOf(() => lumaOf({ matrix: 8, fullRange: true }))).toEqual({
      reason: "unsupported_format",
      detected: "a HEIC picture of a rare colour matrix",
    });
  });
});
