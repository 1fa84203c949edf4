import type { Box } from "../../../core/image/heif/boxes.ts";
import { readItems, type HeifItems } from "../../../core/image/heif/items.ts";
import { ItemData } from "./item-data.ts";

/** What a file of one still picture holds, as the encoder writes it. */
export interface CodedTile {
  /** The payload of `av1C`. */
  readonly configuration: Uint8Array;
  readonly colour: Uint8Array;
  /** The payload of the `colr` property. */
  readonly colours: Uint8Array | undefined;
  readonly alpha: { readonly configuration: Uint8Array; readonly data: Uint8Array } | undefined;
}

/** Throws where a file is laid out otherwise. */
export function readTile(file: Uint8Array): CodedTile {
  const items = readItems(file, "AVIF");
  if (!items.ok) throw new Error("the encoder's file cannot be read");
  const { primary, described, propertiesOf } = items.value;
  const data = new ItemData(file, described);
  const alpha = data.items.find((item) => payloadOf(propertiesOf(item), "auxC"));
  return {
    ...coded(items.value, data, primary),
    colours: payloadOf(propertiesOf(primary), "colr"),
    alpha: alpha === undefined ? undefined : alphaOf(coded(items.value, data, alpha)),
  };
}

const alphaOf = ({ configuration, colour: data }: ReturnType<typeof coded>) => ({
  configuration,
  data,
});

function coded({ propertiesOf }: HeifItems, data: ItemData, item: number) {
  const configuration = payloadOf(propertiesOf(item), "av1C");
  const colour = data.of(item);
  if (!configuration || !colour) throw new Error("the encoder's file has no picture");
  return { configuration, colour };
}

const payloadOf = (properties: readonly Box[], wanted: string): Uint8Array | undefined =>
  properties.find(({ type }) => type === wanted)?.payload;
