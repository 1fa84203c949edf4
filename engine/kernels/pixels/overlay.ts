/**
 * Draws a row over another (Porter and Duff, 1984: "over"), both straight RGBA. `above` has `period` pixels, which
 * repeat, beginning with number `first`; its alpha counts `opacity` 255ths.
 */
export function drawOver(
  below: usize,
  width: i32,
  above: usize,
  period: i32,
  first: i32,
  opacity: u32,
): void {
  const end = above + ((<usize>period) << 2);
  let from = above + ((<usize>first) << 2);
  for (let x = 0; x < width; x++) {
    const alpha = (<u32>load<u8>(from, 3) * opacity + 127) / 255;
    if (alpha == 255) {
      store<u32>(below, load<u32>(from));
    } else if (alpha != 0) {
      // Both in 65025ths.
      const share = alpha * 255;
      const rest = <u32>load<u8>(below, 3) * (255 - alpha);
      const sum = share + rest;
      store<u8>(
        below,
        (<u32>load<u8>(from) * share + <u32>load<u8>(below) * rest + (sum >> 1)) / sum,
      );
      store<u8>(
        below,
        (<u32>load<u8>(from, 1) * share + <u32>load<u8>(below, 1) * rest + (sum >> 1)) / sum,
        1,
      );
      store<u8>(
        below,
        (<u32>load<u8>(from, 2) * share + <u32>load<u8>(below, 2) * rest + (sum >> 1)) / sum,
        2,
      );
      store<u8>(below, (sum + 127) / 255, 3);
    }
    below += 4;
    from += 4;
    if (from == end) from = above;
  }
}
