import { describe, expect, test } from "vitest";
import { libheifMemory } from "../../../../core/image/heic/format.ts";
import { HeicDecoder } from "../../../../engine/codecs/heic/decoder.ts";
import { pictureInfo } from "../../../core/image/picture-info.ts";
import { bytesAt } from "../../../../engine/pixels/workspace.ts";
import { decode, outcome } from "../codecs.ts";
import { fakeLibheif, type FakePicture } from "./fake-libheif.ts";

const file = Uint8Array.of(5, 6, 7, 8, 9);
const part = { width: 64, height: 48 };

function decodeOf(
  about: FakePicture = {},
  own: { readonly width?: number; readonly height?: number } = {},
) {
  const fake = fakeLibheif(about);
  const decoder = new HeicDecoder(fake.library);
  const info = pictureInfo({ format: "heic", ...(about.size ?? part), ...own });
  return { ...fake, decoder, info, run: () => decode(decoder, file, { info, asPixels: false }) };
}

test("without a library every picture is refused, with how to switch it on", () => {
  const result = decode(new HeicDecoder(undefined), file, {
    info: pictureInfo({ format: "heic" }),
  });
  expect(result).toMatchObject({
    error: { reason: "unsupported_format", detected: "a HEIC picture", remedy: expect.anything() },
  });
});

describe("a picture in one piece", () => {
  test("is decoded once, into planes that stay in the library's memory", () => {
    const { run, callsOf, decoder } = decodeOf();
    expect(decoder.wasmBytes).toBe(0);
    const result = run();
    expect(result).toMatchObject({ ok: true, value: { samples: "planes", size: part } });
    expect(result.ok && "icc" in result.value).toBe(false);
    expect(callsOf("heif_image_handle_decode_image_tile")).toHaveLength(1);
    expect(callsOf("heif_image_release")).toEqual([]);
    expect(decoder.wasmBytes).toBe(65_536);
  });

  test("is shown as its frame has it", () => {
    const result = decodeOf().run();
    if (!result.ok || result.value.samples !== "planes") throw new Error("no planes");
    const { workspace, planes } = result.value;
    for (const [plane, { pointer, ready }] of planes.entries()) {
      ready(0);
      expect(bytesAt(workspace, pointer, 2)).toEqual(Uint8Array.of(101 + plane, 0));
    }
  });

  test("has its profile", () => {
    const profile = Uint8Array.of(1, 2, 3);
    expect(decodeOf({ profile }).run()).toMatchObject({ value: { icc: profile } });
  });

  test.each([{ width: 63 }, { height: 47 }])("of another size than %o is refused", (own) => {
    expect(decodeOf({}, own).run()).toEqual({
      ok: false,
      error: { reason: "corrupt_image", detail: "another size than its header says" },
    });
  });

  test.each(["heif_context_get_primary_image_handle", "heif_image_handle_decode_image_tile"])(
    "is refused where it is damaged, which %s says",
    (name) => {
      const { decoder, info } = decodeOf({ errors: { [name]: 3 } });
      expect(outcome(decoder, file, info, false)).toBe("corrupt_image");
    },
  );

  test("is refused where it takes more memory than planned", () => {
    const { run, info } = decodeOf({ onDecode: (grow) => grow(1000) });
    const bytes = libheifMemory(info, file.length);
    // The library's own JavaScript catches what its memory throws; this one traps.
    expect(run()).toEqual({ ok: false, error: { reason: "render_crashed", stage: "heic decode" } });
    const caught = decodeOf({
      onDecode: (grow) => {
        expect(() => grow(1000)).toThrow(RangeError);
      },
    });
    const error = { reason: "over_memory_plan", bytes, bytesMax: bytes };
    expect(caught.run()).toEqual({ ok: false, error });
  });
});

describe("a grid", () => {
  const grid = { columns: 3, rows: 2, size: { width: 180, height: 90 } };

  /** Decodes all of it; the places of its parts, and when one was freed. */
  function seen(about: FakePicture) {
    const { run, calls } = decodeOf(about);
    expect(run()).toMatchObject({ ok: true, value: { samples: "planes", size: about.size } });
    return calls.flatMap(([name, ...values]) => {
      if (name === "heif_image_handle_decode_image_tile") return [values.slice(-2).join(",")];
      return name === "heif_image_release" ? ["freed"] : [];
    });
  }

  test.each([
    [grid, ["0,0", "1,0", "2,0", "0,1", "1,1", "2,1"]],
    [{ columns: 2, rows: 2, size: { width: 120, height: 90 } }, ["0,0", "1,0", "0,1", "1,1"]],
  ])("is decoded part by part, each of which is freed before the next: %o", (about, parts) => {
    expect(seen(about)).toEqual(parts.flatMap((place) => [place, "freed"]));
  });

  test("shows each part in its place", () => {
    const result = decodeOf(grid).run();
    if (!result.ok || result.value.samples !== "planes") throw new Error("no planes");
    const { workspace, planes } = result.value;
    const [luma] = planes;
    if (!luma) throw new Error("no luma");
    const at = (x: number, y: number) =>
      bytesAt(workspace, luma.pointer + y * luma.stride + x, 1)[0];
    for (const y of [0, 48]) {
      for (const x of [0, 64, 128]) expect([at(x, y), at(x + 1, y)]).toEqual([101, 0]);
    }
  });

  test("has its profile", () => {
    const profile = Uint8Array.of(1, 2, 3);
    expect(decodeOf({ ...grid, profile }).run()).toMatchObject({ value: { icc: profile } });
  });

  test("is void where a part is damaged", () => {
    const errors = { heif_image_handle_decode_image_tile: 3 };
    const { decoder, info } = decodeOf({ ...grid, errors });
    expect(outcome(decoder, file, info, false)).toBe("corrupt_image");
  });

  test("in which the library traps passes the trap on", () => {
    const trap = new WebAssembly.RuntimeError("trapped");
    const { run } = decodeOf({
      ...grid,
      onDecode: () => {
        throw trap;
      },
    });
    expect(run).toThrow(trap);
  });
});
