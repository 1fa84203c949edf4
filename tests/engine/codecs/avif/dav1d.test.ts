import { describe, expect, test } from "vitest";
import { Dav1d } from "../../../../engine/codecs/avif/dav1d.ts";
import { badlyEnded, memoryWith, wellEnded } from "./decoder-memory.ts";
import { dataPointer, fakeDav1d, frameFields, type FakeDav1d } from "./fake-dav1d.ts";

const none = {} as WebAssembly.Module;
const pageBytes = 65_536;
const data = Uint8Array.of(7, 8, 9);
const giveFrame = ({ call }: FakeDav1d) => void call("g", ...frameFields(39, 29));
const frame = {
  width: 39,
  height: 29,
  planes: [
    { pointer: 40_000, stride: 128 },
    { pointer: 60_000, stride: 64 },
    { pointer: 70_000, stride: 66 },
  ],
};

describe("a frame is decoded", () => {
  test("by a decoder that is made once its module's constructors have run", () => {
    const fake = fakeDav1d();
    const decoder = new Dav1d(none, 0);
    expect(fake.calls).toEqual([["construct"], ["make"]]);
    expect(decoder.memory).toBe(fake.memory);
  });

  test("from its data in the decoder's memory, which are freed afterwards", () => {
    const seen: number[] = [];
    const fake = fakeDav1d({
      decode: (own) => {
        seen.push(...new Uint8Array(own.memory.buffer, dataPointer, 3));
        giveFrame(own);
      },
    });
    const result = new Dav1d(none, 0).decode(data, (given) => given);
    expect(result).toMatchObject({ kind: "frame", value: frame });
    expect(result.kind === "frame" && result.value.bytes.buffer).toBe(fake.memory.buffer);
    expect(seen).toEqual([...data]);
    expect(fake.calls.slice(2)).toEqual([
      ["allocate", 3],
      ["decode", dataPointer, 3],
      ["free", dataPointer],
    ]);
  });

  test("and what was made of it is handed back", () => {
    fakeDav1d({ decode: giveFrame });
    const decoder = new Dav1d(none, 0);
    expect(decoder.decode(data, ({ width }) => width)).toEqual({ kind: "frame", value: 39 });
    expect(decoder.decode(data, ({ height }) => height)).toEqual({ kind: "frame", value: 29 });
  });

  test("unless there is none, or one of its tiles ends badly: that is damage, and the frame is not shown", () => {
    fakeDav1d();
    expect(new Dav1d(none, 0).decode(data, () => "seen")).toEqual({ kind: "damaged" });
    const memory = memoryWith(wellEnded, badlyEnded);
    fakeDav1d({ memory, decode: giveFrame });
    const unseen = () => {
      throw new Error("seen");
    };
    expect(new Dav1d(none, 0).decode(data, unseen)).toEqual({ kind: "damaged" });
  });

  test("and one that comes before it is asked for is ignored", () => {
    fakeDav1d({ make: giveFrame });
    expect(new Dav1d(none, 0).decode(data, () => "seen")).toEqual({ kind: "damaged" });
  });
});

describe("a frame is kept", () => {
  test("where it is, as soon as it is there; its data are not freed", () => {
    const fake = fakeDav1d({
      decode: (own) => {
        giveFrame(own);
        throw new Error("decoded on");
      },
    });
    const kept = new Dav1d(none, 0).keep(data);
    expect(kept).toMatchObject({ kind: "frame", value: frame });
    expect(fake.calls.at(-1)?.[0]).toBe("decode");
  });

  test("unless it is damaged, or the decoder traps, even after it gave a frame", () => {
    fakeDav1d();
    expect(new Dav1d(none, 0).keep(data)).toEqual({ kind: "damaged" });
    const trap = new WebAssembly.RuntimeError("trapped");
    const decoders: ((own: FakeDav1d) => void)[] = [
      () => {
        throw trap;
      },
      (own) => {
        expect(() => giveFrame(own)).toThrow();
        throw trap;
      },
    ];
    for (const decode of decoders) {
      fakeDav1d({ decode });
      expect(() => new Dav1d(none, 0).keep(data)).toThrow(trap);
    }
  });
});

describe("memory", () => {
  /** The decoder of four pages asks for so many bytes; what it is told, and the memory it has then. */
  function asking(bytes: number, bytesMax: number, then: (own: FakeDav1d) => void = () => {}) {
    let answer: unknown;
    const { memory } = fakeDav1d({
      decode: (own) => {
        answer = own.call("d", bytes);
        then(own);
      },
    });
    const before = memory.buffer;
    const { kind } = new Dav1d(none, bytesMax).decode(data, () => "seen");
    const isSame = memory.buffer === before;
    return { kind, answer, pages: memory.buffer.byteLength / pageBytes, isSame };
  }

  test("grows by whole pages, up to what it may have", () => {
    const grown = { kind: "damaged", answer: 1, isSame: false };
    const most = 10 * pageBytes;
    expect(asking(4 * pageBytes + 1, most)).toEqual({ ...grown, pages: 5 });
    expect(asking(6 * pageBytes, most)).toEqual({ ...grown, pages: 6 });
    expect(asking(most, most)).toEqual({ ...grown, pages: 10 });
  });

  test("does not change where there is enough of it", () => {
    const most = 10 * pageBytes;
    for (const bytes of [4 * pageBytes, 1])
      expect(asking(bytes, most)).toEqual({ kind: "damaged", answer: 1, isSame: true, pages: 4 });
  });

  test("beyond that is refused, which is the reason given where there is no frame", () => {
    const refused = { kind: "out of memory", answer: 0, isSame: true, pages: 4 };
    expect(asking(10 * pageBytes + 1, 10 * pageBytes)).toEqual(refused);
    // A C program's 32 bits, as JavaScript sees them.
    expect(asking(-pageBytes, 10 * pageBytes)).toEqual(refused);
    expect(asking(10 * pageBytes + 1, 10 * pageBytes, giveFrame)).toEqual({
      ...refused,
      kind: "frame",
    });
  });

  test("that is missing for the data themselves is the reason, too", () => {
    const fake = fakeDav1d({ pointer: 0, decode: giveFrame });
    expect(new Dav1d(none, 0).decode(data, () => "seen")).toEqual({ kind: "out of memory" });
    expect(fake.calls.at(-1)).toEqual(["allocate", 3]);
  });

  test("is copied within itself, also between areas that overlap", () => {
    const fake = fakeDav1d();
    new Uint8Array(fake.memory.buffer).set([1, 2, 3, 4, 5], 100);
    const { memory } = new Dav1d(none, 0);
    fake.call("f", 102, 100, 3);
    expect([...new Uint8Array(memory.buffer, 100, 6)]).toEqual([1, 2, 1, 2, 3, 0]);
  });
});

test("what the decoder prints counts as written, all of it", () => {
  const fake = fakeDav1d();
  const decoder = new Dav1d(none, 0);
  const view = new DataView(decoder.memory.buffer);
  // Three parts, each an address and a length; the answer lies behind them.
  for (const [index, word] of [1, 300, 2, 20, 3, 4, 9, 9].entries())
    view.setUint32(5000 + 4 * index, word, true);
  expect(fake.call("a", 1, 5000, 3, 6000)).toBe(0);
  expect(view.getUint32(6000, true)).toBe(324);
});

test("a file can be neither sought in nor closed, and giving up is a trap", () => {
  const fake = fakeDav1d();
  expect(new Dav1d(none, 0).memory).toBe(fake.memory);
  expect([fake.call("c"), fake.call("e")]).toEqual([70, 52]);
  expect(() => fake.call("b")).toThrow(WebAssembly.RuntimeError);
  expect(() => fake.call("b")).toThrow("dav1d gave up");
});
