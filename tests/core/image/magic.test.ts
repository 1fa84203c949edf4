import { describe, expect, test } from "vitest";
import { detectFormat } from "../../../core/image/magic.ts";
import { probe } from "../../../core/image/probe.ts";
import { limits } from "../../../core/limits.ts";
import { bytes, ftyp, u32 } from "./made-headers.ts";

const utf16 = (text: string) => bytes(0xff, 0xfe, new Uint8Array(Buffer.from(text, "utf16le")));

describe("detectFormat", () => {
  test.each([
    ["jpeg", bytes(0xff, 0xd8, 0xff, 0xe0)],
    ["png", bytes("\x89PNG\r\n\x1a\n")],
    ["gif", bytes("GIF87a")],
    ["gif", bytes("GIF89a")],
    ["webp", bytes("RIFF", u32(99), "WEBPVP8 ")],
    ["avif", ftyp("avif", "mif1", "miaf")],
    ["avif", ftyp("avis", "msf1")],
    ["avif", ftyp("mif1", "heic", "avif")],
  ])("knows %s by its first bytes", (format, head) => {
    expect(detectFormat(head)).toEqual({ format });
  });

  test.each([
    ["a BMP picture", bytes("BM", u32(0), u32(0), u32(54), 40, 0, 0, 0)],
    ["a TIFF picture", bytes("II*\0", u32(8))],
    ["a TIFF picture", bytes("MM\0*", u32(8))],
    ["a Windows icon", bytes(0, 0, 1, 0, 1, 0)],
    ["a JPEG XL picture", bytes(0xff, 0x0a)],
    ["a JPEG XL picture", bytes(u32(12), "JXL \r\n\x87\n")],
    ["a JPEG-LS picture", bytes(0xff, 0xd8, 0xff, 0xf7)],
    ["a Photoshop document", bytes("8BPS", 0, 1)],
    ["a PDF document", bytes("%PDF-1.7")],
    ["a PostScript document", bytes("%!PS-Adobe-3.0")],
    ["a ZIP archive", bytes("PK\x03\x04")],
    ["a HEIF picture or sequence", ftyp("mif1", "miaf")],
    ["a HEIF picture or sequence", ftyp("msf1", "hevc")],
    ["a HEIF picture or sequence", ftyp("isom", "hevs")],
    ["an MP4 or QuickTime video", ftyp("isom", "mp42")],
    ["an MP4 or QuickTime video", bytes(ftyp("isom"), u32(8), "avif")],
    ["a Canon raw picture", ftyp("crx ", "isom")],
    ["an SVG drawing", bytes('<svg xmlns="http://www.w3.org/2000/svg">')],
    ["an SVG drawing", bytes('\xef\xbb\xbf \n<?xml version="1.0"?><!-- logo --><svg>')],
    ["an SVG drawing", bytes('<?xml version="1.0"?><svg width="9">')],
    ["an HTML page", bytes("<!DOCTYPE html><html>")],
    ["an HTML page", bytes(" \n<!doctype html>")],
    ["an HTML page", utf16("<html><script>alert(1)</script>")],
    ["an XML document", bytes('<?xml version="1.0"?><rss>')],
    ...['{"image": "…"}', '{ "image": 1 }', "[1]", "[ 2 ]", '["a"]', "[{}]"].map(
      (text): [string, Uint8Array] => ["a JSON document", bytes(text)],
    ),
  ])("names %s in words and refuses it", (detected, head) => {
    expect(detectFormat(head)).toEqual({ detected });
    const refusal = { reason: "unsupported_format", detected };
    expect(probe(head, true)).toEqual({ kind: "refused", refusal });
  });

  test.each([
    ["nothing", bytes()],
    ["plain text", bytes("RIFF, GIF or WEBP, who knows")],
    ["a PNG after a space", bytes(" \x89PNG\r\n\x1a\n")],
    ...["<html>", "<b><svg>", "<svg>", "<?xml?>", '{"a": 1}', "[1]"].map(
      (mark): [string, Uint8Array] => [`text that speaks of ${mark}`, bytes(`see ${mark}`)],
    ),
    ["text in brackets", bytes("[see]")],
    ["a cut signature", bytes("\x89PNG\r\n")],
  ])("does not guess at %s", (_, head) => {
    expect(detectFormat(head)).toEqual({});
  });

  test("looks no further than its limit", () => {
    const brandBeyond = ftyp("isom", ...Array.from({ length: 200 }, () => "mp42"), "avif");
    expect(brandBeyond.length).toBeGreaterThan(limits.magicBytesMax);
    expect(detectFormat(brandBeyond)).toEqual({ detected: "an MP4 or QuickTime video" });
  });
});
