import { sourceFiles } from "./source-files.ts";

/** The rooms of the picture, from left to right within their rows, with what each is for. */
const rooms: Readonly<Record<string, string>> = {
  "workers/api": "HTTP: authenticate, store, accept, answer",
  "workers/consumer": "claim, load, render, store, settle",
  "workers/billing": "segments to statements, hourly",
  "workers/tail": "the others' processor time",
  engine: "pixels: bytes in, bytes out",
  "durable-objects": "state: ledgers and the directory",
  core: "policy and formats: pure functions and types",
};

const boxWidth = 300;
const boxHeight = 104;
const gap = 40;
const rowHeight = 180;

interface Box {
  readonly room: string;
  readonly folders: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly typesOnly: boolean;
}

/**
 * The rooms of the source as boxes with their folders, and an arrow from each to those that it imports:
 * solid for code, dashed for types only. A room stands one row above the highest that it imports; one that is
 * alone in its row is as wide as the picture, so that arrows to it run straight down.
 */
export function architectureSvg(): string {
  const files = sourceFiles().map((file) => ({ ...file, room: roomOf(file.path) }));
  const arrows = arrowsBetween(files);
  const rows = Map.groupBy(Object.keys(rooms), (room) => heightOf(room, arrows));
  const top = Math.max(...rows.keys());
  const width = Math.max(...[...rows.values()].map(({ length }) => rowWidth(length))) + 2 * gap;
  const boxes = [...rows].flatMap(([row, some]) =>
    some.map((room, index) => ({
      room,
      folders: foldersOf(room, files),
      x: some.length === 1 ? gap : (width - rowWidth(some.length)) / 2 + index * (boxWidth + gap),
      width: some.length === 1 ? width - 2 * gap : boxWidth,
      y: gap + (top - row) * rowHeight,
    })),
  );
  const height = 2 * gap + top * rowHeight + boxHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img">
<title>Who imports whom: arrows run down, from the Workers to core</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 10 5 0 10z" fill="#51606e"/></marker></defs>
${arrows.map((arrow) => drawArrow(arrow, boxes)).join("\n")}
${boxes.map(drawBox).join("\n")}
</svg>
`;
}

type RoomFile = ReturnType<typeof sourceFiles>[number] & { readonly room: string | undefined };

const roomOf = (path: string) => Object.keys(rooms).find((room) => path.startsWith(`${room}/`));

const rowWidth = (boxes: number) => boxes * boxWidth + (boxes - 1) * gap;

function arrowsBetween(files: readonly RoomFile[]): Arrow[] {
  const imports = files.flatMap(({ room, imports }) =>
    imports.map(({ target, typeOnly }) => ({ from: room, to: roomOf(target), typeOnly })),
  );
  const crossing = imports.filter(({ from, to }) => from && to && from !== to);
  return [...Map.groupBy(crossing, ({ from, to }) => `${from} ${to}`)]
    .map(([pair, some]) => {
      const [from = "", to = ""] = pair.split(" ");
      return { from, to, typesOnly: some.every(({ typeOnly }) => typeOnly) };
    })
    .toSorted((left, right) => (left.from + left.to < right.from + right.to ? -1 : 1));
}

function heightOf(room: string, arrows: readonly Arrow[]): number {
  const below = arrows.filter(({ from }) => from === room).map(({ to }) => heightOf(to, arrows));
  return Math.max(-1, ...below) + 1;
}

function foldersOf(room: string, files: readonly RoomFile[]): string[] {
  const inside = files
    .filter((file) => file.room === room)
    .map(({ path }) => path.slice(room.length + 1).split("/"))
    .filter(({ length }) => length > 1);
  return [...new Set(inside.map(([folder = ""]) => folder))].toSorted();
}

function drawBox({ room, folders, x, y, width }: Box): string {
  const middle = x + width / 2;
  const text = (line: number, words: string, style: string) =>
    `<text x="${middle}" y="${y + line}" text-anchor="middle" ${style}>${words}</text>`;
  const lines = wrap(folders, width / 7);
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${boxHeight}" rx="8" fill="#eef3f8" stroke="#51606e"/>`,
    text(26, `${room}/`, 'font-size="17" font-weight="600" fill="#1d2b38"'),
    text(48, rooms[room] ?? "", 'font-size="12" fill="#1d2b38"'),
    ...lines.map((line, index) => text(70 + 17 * index, line, 'font-size="12" fill="#51606e"')),
  ].join("\n");
}

/** Words in lines of limited length, in characters. */
function wrap(words: readonly string[], charsMax: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = [lines.at(-1), word].filter(Boolean).join(" · ");
    if (lines.length > 0 && longer.length <= charsMax) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function drawArrow({ from, to, typesOnly }: Arrow, boxes: readonly Box[]): string {
  const [upper, lower] = [boxOf(from, boxes), boxOf(to, boxes)];
  const isStraight = lower.width > boxWidth;
  const x1 = isStraight ? outwards(upper, lower) : upper.x + boxWidth * share(lower.x, upper.x);
  const x2 = isStraight ? x1 : lower.x + boxWidth * share(upper.x, lower.x);
  const [y1, y2] = [upper.y + boxHeight, lower.y];
  const bend = (y2 - y1) / 2;
  const dashes = typesOnly ? ' stroke-dasharray="5 4"' : "";
  return `<path d="M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" fill="none" stroke="#51606e" stroke-width="1.5"${dashes} marker-end="url(#tip)"/>`;
}

/** A place on the side that lies away from the picture's middle, past the boxes of the rows between. */
function outwards(upper: Box, lower: Box): number {
  const middle = (box: Box) => box.x + box.width / 2;
  return middle(upper) + 0.25 * boxWidth * Math.sign(middle(upper) - middle(lower));
}

/** From 0.2 to 0.8 of a box's width, the farther right the arrow's other end lies. */
function share(other: number, own: number): number {
  const steps = Math.max(-2, Math.min(2, (other - own) / ((boxWidth + gap) / 2)));
  return 0.5 + 0.15 * steps;
}

function boxOf(room: string, boxes: readonly Box[]): Box {
  const box = boxes.find((each) => each.room === room);
  if (!box) throw new Error(`${room} is not in the picture`);
  return box;
}
