import { describe, expect, test } from "vitest";
import type { WebpBitstream } from "../../../../engine/codecs/webp/container.ts";
import { DamagedSource } from "../../../../engine/codecs/codec.ts";
import type { WebpKernel } from "../../../../engine/codecs/webp/kernel.ts";
import { drawPicture } from "../../../../engine/codecs/webp/picture.ts";
import { openWebpPlanes } from "../../../../engine/codecs/webp/planes.ts";
import { bytes } from "../../../core/image/made-headers.ts";
import { decodeRequest, newWorkspace } from "../../pixels/fixtures.ts";

const [corrupt, truncated, overMemory] = [-1, -2, -3];
const size = { width: 8, height: 40 };
const lossy: WebpBitstream = {
  ...size,
  ...{ lossless: false, data: bytes("lossy"), alpha: bytes("alpha"), hasAlpha: true },
};
const lossless: WebpBitstream = {
  ...size,
  lossless: true,
  data: bytes("lossless"),
  hasAlpha: true,
};

/** A kernel that does nothing, or what it is told to, and what was called of it. */
function fakeKernel(own: Partial<WebpKernel> = {}) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const calls: string[] = [];
  let ready = 0;
  const kernel: WebpKernel = {
    memory,
    setMemoryLimit: (limit) => void calls.push(`limit ${limit}`),
    allocate: (length) => 100 * length,
    allocateInPlace: (length, pixels) => 10 * length + pixels,
    bytesRefused: () => 77,
    openLossy: (at, length) => (calls.push(`lossy ${at} ${length}`), 0),
    openAlpha: (at, length) => (calls.push(`alpha ${at} ${length}`), 0),
    openLossless: (at, length, hasAlpha) => (calls.push(`lossless ${at} ${length} ${hasAlpha}`), 0),
    width: () => 8,
    height: () => 40,
    openCanvas: (...canvas) => (calls.push(`canvas ${canvas.join(" ")}`), 4096),
    openPlanes: () => 1,
    planeStride: () => 8,
    planeStrip: () => 0,
    rowsToTake: () => ready,
    takePlanes: (from, to) => void calls.push(`take ${from} ${to}`),
    advance: () => ((ready = Math.min(40, ready + 20)), 0),
    rowsToDraw: () => ready,
    draw: (from, to) => (calls.push(`draw ${from} ${to}`), to - from),
    ...own,
  };
  const text = (at: number, length: number) => Buffer.from(memory.buffer, at, length).toString();
  return { kernel, calls, text };
}

const canvas = { width: 10, height: 40, left: 2, top: 0 };
function draw(bitstream: WebpBitstream, own: Partial<WebpKernel> = {}) {
  const { kernel, calls, text } = fakeKernel(own);
  const strips: (readonly [bytes: number, y: number, rows: number])[] = [];
  const drawing = { canvas, opaque: false, shrink: 1 };
  const drawn = drawPicture(kernel, bitstream, drawing, 5000, (rgba, y, rows) => {
    strips.push([rgba.length, y, rows]);
  });
  return { refusal: drawn.ok ? undefined : drawn.error, calls, text, strips };
}
const refusals = [
  [corrupt, { reason: "corrupt_image", detail: "The picture's data is damaged" }],
  [truncated, { reason: "truncated_image", detail: "The picture's data ends early" }],
  [overMemory, { reason: "over_memory_plan", bytes: 77, bytesMax: 5000 }],
] as const;
const noRoom = refusals[2][1];

describe("a picture is drawn", () => {
  test("in strips of at most sixteen rows, as they are ready", () => {
    const { calls, text, strips, refusal } = draw(lossy);
    expect(refusal).toBeUndefined();
    expect(calls).toEqual([
      ...["limit 5000", "lossy 500 5", "alpha 500 5", "canvas 10 40 2 0 1 false 16"],
      ...["draw 0 16", "draw 16 20", "draw 20 36", "draw 36 40"],
    ]);
    expect(strips).toEqual([
      [640, 0, 16],
      [160, 16, 4],
      [640, 20, 16],
      [160, 36, 4],
    ]);
    expect(text(500, 5)).toBe("alpha");
  });

  test("where it has no loss, from data that lie behind its own pixels", () => {
    const { calls, text } = draw(lossless);
    expect(calls[1]).toBe(`lossless ${80 + 8 * 40} 8 true`);
    expect(text(400, 8)).toBe("lossless");
  });

  test("without handing out what is not a row yet", () => {
    const { strips } = draw(lossy, { draw: (_from, to) => (to === 40 ? 5 : 0) });
    expect(strips).toEqual([[200, 0, 5]]);
  });
});

describe("a picture is refused", () => {
  test.each(refusals)("with the reason of status %i, whatever has it", (status, reason) => {
    for (const own of [
      { openLossy: () => status },
      { openAlpha: () => status },
      { advance: () => status },
    ])
      expect(draw(lossy, own).refusal).toEqual(reason);
    expect(draw(lossless, { openLossless: () => status }).refusal).toEqual(reason);
    expect(draw(lossy, { openLossy: () => status }).calls).toEqual(["limit 5000"]);
  });

  test("where there is no room for its data, its alpha or its canvas", () => {
    const noData = draw(lossy, { allocate: () => 0 });
    expect([noData.refusal, noData.calls]).toEqual([noRoom, ["limit 5000"]]);
    expect(draw(lossless, { allocateInPlace: () => 0 }).refusal).toEqual(noRoom);
    expect(draw(lossy, { openCanvas: () => 0 }).refusal).toEqual(noRoom);
    let allocated = 0;
    const first = draw(lossy, { allocate: () => (allocated++ === 0 ? 500 : 0) });
    expect(first.refusal).toEqual(noRoom);
    expect(first.calls).toEqual(["limit 5000", "lossy 500 5"]);
  });

  test("not with a status that there is not", () => {
    expect(() => draw(lossy, { advance: () => 9 })).toThrow("says 9");
  });
});

describe("planes are opened", () => {
  function open(own: Partial<WebpKernel> = {}) {
    const { kernel, calls } = fakeKernel(own);
    const workspace = newWorkspace();
    let inUse = 0;
    const watched = {
      ...workspace,
      allocate: (length: number) => (inUse++, workspace.allocate(length)),
      free: (pointer: number) => (inUse--, workspace.free(pointer)),
    };
    const request = { ...decodeRequest(size), workspace: watched };
    const planes = openWebpPlanes(kernel, { ...lossy, hasAlpha: false }, request, 5000);
    return { planes, calls, inUse: () => inUse };
  }

  test("row by row of macroblocks, each once, and their memory is given back", () => {
    const readies = [0, 20, 20, 40];
    let at = 0;
    const { planes, calls, inUse } = open({
      advance: () => (at++, 0),
      rowsToTake: () => readies[at] ?? 40,
    });
    planes.planes[0]?.ready(19);
    expect(calls.filter((call) => call.startsWith("take"))).toEqual(["take 0 20"]);
    // Row 9 of chroma ends with row 19 of luma; row 10 does not.
    planes.planes[1]?.ready(9);
    expect(calls).not.toContain("take 20 40");
    planes.planes[2]?.ready(10);
    expect(calls.filter((call) => call.startsWith("take"))).toEqual(["take 0 20", "take 20 40"]);
    planes.finish();
    expect(at).toBe(3);
    expect(inUse()).toBe(3);
    planes.free();
    expect(inUse()).toBe(0);
  });

  test("unless there is no room, or the data are damaged", () => {
    const refusalOf = (work: () => unknown) => {
      try {
        work();
      } catch (cause) {
        if (cause instanceof DamagedSource) return cause.refusal;
      }
      return "none";
    };
    expect(refusalOf(() => open({ openPlanes: () => 0 }))).toEqual(noRoom);
    for (const [status, reason] of refusals) {
      expect(refusalOf(() => open({ openLossy: () => status }))).toEqual(reason);
      expect(refusalOf(() => open({ advance: () => status }).planes.finish())).toEqual(reason);
    }
  });
});
