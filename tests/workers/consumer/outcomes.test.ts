import { describe, expect, test } from "vitest";
import { engineVersion } from "../../../core/plan/engine-version.ts";
import type { Rendered } from "../../../engine/engine.ts";
import { toRender, Workshop } from "./workshop.ts";

describe("a job ends as", () => {
  test("done, with each rendition under the claim's number and its size on the bill", async () => {
    const workshop = new Workshop(toRender("a", { outputs: 2, bytes: 99, attempt: 4 }));
    await workshop.run();
    const output = { width: 4, height: 2, format: "webp", bytes: 2 };
    expect(workshop.outcomes.get("a")).toStrictEqual({
      kind: "done",
      outputs: [
        { index: 0, ...output },
        { index: 1, ...output },
      ],
      usage: {
        computeUnits: 7,
        bytesIn: 99,
        bytesOut: 4,
        pixels: 216,
        renderMillis: 13,
        engineVersion,
      },
    });
    expect([...workshop.stored]).toEqual([
      ["pictures/tnt_x/a/4/0", { bytes: new Uint8Array([97, 0]), contentType: "image/webp" }],
      ["pictures/tnt_x/a/4/1", { bytes: new Uint8Array([97, 1]), contentType: "image/webp" }],
    ]);
  });

  test("done, where a description costs no pixels and what is partial says so", async () => {
    const workshop = new Workshop(toRender("a", { outputs: 2 }));
    const bytes = new Uint8Array(5);
    const rendered = {
      source: { width: 20, height: 10 },
      renditions: [
        { bytes, width: 4, height: 2, format: "json" },
        { bytes, width: 4, height: 2, format: "png", partial: true },
      ],
      computeUnits: 1,
      millis: 1,
    } as unknown as Rendered;
    Object.assign(workshop.ports.engine, { render: async () => ({ ok: true, value: rendered }) });
    await workshop.run();
    expect(workshop.outcomes.get("a")).toMatchObject({
      outputs: [{ format: "json" }, { format: "png", partial: true }],
      usage: { pixels: 208 },
    });
  });

  test("done, where the pixels of an overlay are counted with the others", async () => {
    const workshop = new Workshop(toRender("a"));
    const { render } = workshop.ports.engine;
    const withOverlay = async (...given: Parameters<typeof render>) => {
      const rendered = await render(...given);
      const overlay = { width: 3, height: 5 };
      return rendered.ok ? { ok: true, value: { ...rendered.value, overlay } } : rendered;
    };
    Object.assign(workshop.ports.engine, { render: withOverlay });
    await workshop.run();
    expect(workshop.outcomes.get("a")).toMatchObject({ usage: { pixels: 208 + 15 } });
  });

  test("failed, when the engine refuses its picture", async () => {
    const workshop = new Workshop(toRender("a"));
    const error = { reason: "corrupt_image", detail: "as told" };
    Object.assign(workshop.ports.engine, { render: async () => ({ ok: false, error }) });
    await workshop.run();
    expect(workshop.outcomes.get("a")).toMatchObject({
      kind: "failed",
      problem: { code: "corrupt-image", detail: expect.stringContaining("as told") },
    });
  });

  test("failed, without a look whether its original stays: nothing was made of it", async () => {
    const kept = { source: "originals/tnt_x/5", rendition: "renditions/tnt_x/5/9" };
    const workshop = new Workshop(toRender("a", { kept }));
    workshop.sources.set(kept.source, new Uint8Array([1]));
    workshop.pictures.head = async () => Promise.reject(new Error("it was asked"));
    const error = { reason: "corrupt_image", detail: "as told" };
    Object.assign(workshop.ports.engine, { render: async () => ({ ok: false, error }) });
    await workshop.run();
    expect(workshop.outcomes.get("a")?.kind).toBe("failed");
  });

  test("failed as cancelled, when its source is gone", async () => {
    const workshop = new Workshop(toRender("a"));
    workshop.sources.clear();
    const steps = await workshop.run();
    expect(workshop.outcomes.get("a")).toMatchObject({
      kind: "failed",
      problem: { code: "cancelled" },
    });
    expect(steps).not.toContain("render a");
  });

  test("failed as cancelled, when its stored original was deleted while it was rendered: what was made does not stay", async () => {
    const kept = { source: "originals/tnt_x/5", rendition: "renditions/tnt_x/5/9" };
    const workshop = new Workshop(toRender("a", { kept }));
    workshop.sources.set(kept.source, new Uint8Array([1]));
    const { put } = workshop.pictures;
    workshop.pictures.put = async (...given) => {
      workshop.sources.delete(kept.source);
      return put(...given);
    };
    await workshop.run();
    expect(workshop.outcomes.get("a")).toMatchObject({
      kind: "failed",
      problem: { code: "cancelled" },
    });
    expect(workshop.steps).toContain(`delete ${kept.rendition}`);
  });

  test("done, when what it was made of stays: an original that is there, or a picture from another host", async () => {
    for (const source of ["originals/tnt_x/5", "fetched/tnt_x/pictures/5"]) {
      const kept = { source, rendition: "renditions/tnt_x/5/9" };
      const workshop = new Workshop(toRender("a", { kept }));
      workshop.sources.set(source, new Uint8Array([1]));
      if (source.startsWith("fetched/")) workshop.pictures.head = async () => null;
      await workshop.run();
      expect(workshop.outcomes.get("a")?.kind).toBe("done");
      expect(workshop.steps.filter((step) => step.startsWith("delete"))).toEqual([]);
    }
  });

  test("deferred, when nobody knows whether its original is there still", async () => {
    const kept = { source: "originals/tnt_x/5", rendition: "renditions/tnt_x/5/9" };
    const workshop = new Workshop(toRender("a", { kept }));
    workshop.sources.set(kept.source, new Uint8Array([1]));
    workshop.pictures.head = async () => Promise.reject(new Error("R2 is away"));
    await workshop.run();
    expect(workshop.outcomes.get("a")?.kind).toBe("deferred");
  });

  test("deferred and not blamed, when its source cannot be loaded", async () => {
    const workshop = new Workshop(toRender("a"));
    workshop.pictures.get = async () => Promise.reject(new Error("away"));
    await workshop.run();
    expect(workshop.outcomes.get("a")).toStrictEqual({
      kind: "deferred",
      cause: "source not loaded: Error: away",
    });
  });

  test("deferred and not blamed, when a rendition cannot be stored", async () => {
    const workshop = new Workshop(toRender("a"));
    workshop.pictures.put = async () => Promise.reject(new Error("away"));
    await workshop.run();
    expect(workshop.outcomes.get("a")).toStrictEqual({
      kind: "deferred",
      cause: "renditions not stored: Error: away",
    });
  });

  test("deferred and blamed, when its render throws, which is logged", async () => {
    const workshop = new Workshop(toRender("a"), toRender("b"));
    const { render } = workshop.ports.engine;
    Object.assign(workshop.ports.engine, {
      render: async (...asked: Parameters<typeof render>) => {
        if (new TextDecoder().decode(asked[0]) === "a") throw new Error("trap");
        return render(...asked);
      },
    });
    const steps = await workshop.run();
    expect(workshop.outcomes.get("a")).toStrictEqual({
      kind: "deferred",
      cause: "render threw: Error: trap",
      blame: "job",
    });
    expect(workshop.outcomes.get("b")?.kind).toBe("done");
    expect(steps).toContain("render-threw");
  });
});
