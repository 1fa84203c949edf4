import { expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { toRender, Workshop } from "./workshop.ts";

const half = limits.twoSourcesBytesMax / 2;
const jobsOf = (sizes: readonly number[]) =>
  sizes.map((bytes, index) => toRender(String(index), { bytes }));

test.each([
  [
    "together fill what there is room for",
    [half, half],
    ["load 0", "load 1", "render 0", "render 1"],
  ],
  ["exceed it by a byte", [half, half + 1], ["load 0", "render 0", "load 1", "render 1"]],
  [
    "are small, large and small",
    [1, 2 * half, 1, 1],
    [
      ...["load 0", "render 0", "load 1", "render 1"],
      ...["load 2", "load 3", "render 2", "render 3"],
    ],
  ],
  [
    "fit and the one after does not",
    [1, 1, 2 * half],
    ["load 0", "load 1", "render 0", "render 1", "load 2", "render 2"],
  ],
])("the next source is loaded while one renders unless the two %s", async (_, sizes, expected) => {
  const workshop = new Workshop(...jobsOf(sizes));
  const steps = await workshop.run();
  expect(steps.filter((step) => /^(load|render) /.test(step))).toEqual(expected);
});

test("every job is rendered from its own source, whatever the sizes around it", async () => {
  const sizes = [1, 1, 2 * half, 2 * half, 1, 2 * half, 1, 1];
  const workshop = new Workshop(...jobsOf(sizes));
  await workshop.run();
  const rendered = [...workshop.stored].map(([key, { bytes }]) => [
    key.split("/")[2],
    new TextDecoder().decode(bytes.subarray(0, -1)),
  ]);
  expect(rendered).toEqual(sizes.map((_, index) => [String(index), String(index)]));
});
