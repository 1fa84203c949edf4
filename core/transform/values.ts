/** Each 0 (left, top) to 1 (right, bottom), on the picture as `trim`, `flip` and `rotate` leave it. */
export interface FocalPoint {
  readonly x: number;
  readonly y: number;
  /** As CSS's `object-position` reads it: where 20 % is, 20 % of what is cut off is before what is kept. */
  readonly isPosition?: boolean;
}

export interface Sides {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export interface Corners {
  readonly topLeft: number;
  readonly topRight: number;
  readonly bottomRight: number;
  readonly bottomLeft: number;
}

/** 0–255 each; alpha 255 is opaque. */
export interface Rgba {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly a: number;
}
