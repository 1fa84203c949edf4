import { describe, expect, test } from "vitest";
import type { ImageInfo } from "../../core/image/image-info.ts";
import { emptyScore, judge } from "../../bench/corpus/judge.ts";
import { parseManifest, type CorpusFile } from "../../bench/corpus/manifest.ts";
import type { Rendered, Refused } from "../../bench/thread/engine-thread.ts";

const noMemory = { wasmBytes: 0, wasmBytesOverBudget: 0 };

describe("a manifest", () => {
  const head = "file\tbytes\tdims\tformat\tcategory\texpected\tfeatures";

  test("is read by the names of its columns", () => {
    const text = `${head}\na.jpg\t9\t40x30\tjpeg\texif\tdecodes\tSOF0p8c3,orient6\nb.bin\t1\t-\tother\tfuzz\teither\t\n`;
    expect(parseManifest(text)).toEqual([
      {
        file: "a.jpg",
        expected: "decodes",
        size: { width: 40, height: 30 },
        orientation: 6,
        isDamaged: false,
      },
      { file: "b.bin", expected: "either", orientation: 1, isDamaged: true },
    ]);
  });

  test.each([
    ["a word nobody knows", `${head}\na.jpg\t9\t40x30\tjpeg\texif\tperhaps\t`],
    ["a line that ends early", `${head}\na.jpg\t9`],
    ["no column for what is expected", "file\tdims\na.jpg\t1x1"],
  ])("with %s is not guessed at", (_, text) => {
    expect(() => parseManifest(text)).toThrow();
  });
});

describe("the judgement on a file", () => {
  const file: CorpusFile = {
    file: "a.jpg",
    expected: "decodes",
    size: { width: 40, height: 30 },
    orientation: 6,
    isDamaged: false,
  };
  const refused: Refused = {
    kind: "refused",
    refusal: { reason: "unsupported_format" },
    ...noMemory,
  };
  const same = async () => undefined;
  const other = async () => "other pixels";

  test.each([
    ["right: turned as its orientation says", file, rendered(40, 30, 30, 40), same, "right"],
    ["right: scaled down, rounded", file, rendered(40, 30, 8, 11), same, "right"],
    ["wrong: not turned", file, rendered(40, 30, 40, 30), same, "wrong"],
    ["wrong: enlarged", file, rendered(40, 30, 60, 80), same, "wrong"],
    ["wrong: of another size", file, rendered(41, 30, 30, 41), same, "wrong"],
    ["wrong: of other pixels", file, rendered(40, 30, 30, 40), other, "wrong"],
    ["wrong: refused", file, refused, same, "wrong"],
  ] as const)("that must decode is %s", async (_, entry, reply, compare, verdict) => {
    const score = emptyScore();
    await judge(score, entry, reply, compare);
    expect(score.decodes[verdict]).toBe(1);
    expect(score.wrong.length).toBe(verdict === "wrong" ? 1 : 0);
  });

  test("that must be refused and is not, is named", async () => {
    const score = emptyScore();
    const hostile = { ...file, expected: "must_reject" } as const;
    await judge(score, hostile, rendered(40, 30, 30, 40), same);
    await judge(score, hostile, refused, same);
    expect(score.mustReject).toEqual({ refused: 1, accepted: 1 });
    expect(score.wrong.map(({ file: name }) => name)).toEqual(["a.jpg"]);
  });

  test("that may be either is compared only where its pixels can be known", async () => {
    const score = emptyScore();
    const may = { ...file, expected: "either" } as const;
    await judge(score, may, rendered(40, 30, 30, 40), other);
    await judge(score, { ...may, isDamaged: true }, rendered(40, 30, 30, 40), other);
    await judge(score, may, refused, other);
    expect(score.either).toEqual({ decoded: 2, refused: 1 });
    expect(score.differs.length).toBe(1);
    expect(score.wrong).toEqual([]);
  });

  test("counts a crash as a crash and silence as a hang, whatever was expected", async () => {
    const score = emptyScore();
    await judge(score, file, { kind: "crashed", cause: "Error: no" }, same);
    await judge(score, file, { kind: "hung", millis: 10_000 }, same);
    expect(score).toMatchObject({ crashes: 1, hangs: 1, decodes: { right: 0, wrong: 0 } });
    expect(score.wrong.length).toBe(2);
  });
});

function rendered(
  sourceWidth: number,
  sourceHeight: number,
  width: number,
  height: number,
): Rendered {
  const size = { width: sourceWidth, height: sourceHeight };
  const source = { format: "jpeg", orientation: 6, ...size } as ImageInfo;
  const rendition = { bytes: new Uint8Array(), width, height, format: "png" } as const;
  return { kind: "rendered", source, renditions: [rendition], ...noMemory };
}
