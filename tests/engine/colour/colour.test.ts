import { describe, expect, test } from "vitest";
import { coloursOf, toSrgb, type Colours } from "../../../engine/colour/colour.ts";
import { load, newWorkspace, read } from "../pixels/fixtures.ts";

/** An ICC profile of those colours, with a tag of tables or without. */
function profileOf(space: string, tag: string): Uint8Array {
  const profile = Buffer.alloc(128 + 4 + 12);
  profile.write(`${space}XYZ `, 16, "latin1");
  profile.write("acsp", 36, "latin1");
  profile.writeUInt32BE(1, 128);
  profile.write(tag, 132, "latin1");
  profile.writeUInt32BE(8, 140);
  return new Uint8Array(profile);
}

describe("the colours of a source", () => {
  test("are sRGB's where no profile says otherwise", () => {
    expect(coloursOf(undefined)).toEqual({ profile: { kind: "srgb" } });
  });

  test("are said by a profile, which is carried where it cannot be converted", () => {
    const tables = profileOf("RGB ", "A2B0");
    expect(coloursOf(tables)).toEqual({ profile: { kind: "opaque" }, carried: tables });
    expect(coloursOf(profileOf("CMYK", "A2B0"))).toEqual({ profile: { kind: "foreign" } });
  });
});

describe("a picture in a workspace", () => {
  const halved: Colours["profile"] = {
    kind: "convertible",
    curves: Float32Array.from({ length: 768 }, () => 0),
    matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };
  const converted = (profile: Colours["profile"]) => {
    const workspace = newWorkspace();
    const picture = load(workspace, new Uint8Array(24).fill(200), 3, 2, false);
    const behind = load(workspace, new Uint8Array(8).fill(200), 2, 1, false);
    toSrgb(workspace, picture, { profile });
    return [...read(workspace, picture), ...read(workspace, behind)];
  };
  const untouched = Array.from({ length: 32 }, () => 200);

  test("is converted where it lies, all of it and nothing else", () => {
    expect(converted(halved)).toEqual(
      untouched.map((value, at) => (at < 24 && at % 4 < 3 ? 0 : value)),
    );
  });

  test("stays where there is nothing to convert", () => {
    for (const kind of ["srgb", "opaque", "foreign"] as const) {
      expect(converted({ kind })).toEqual(untouched);
    }
  });
});
