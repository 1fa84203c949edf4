export interface Size {
  readonly width: number;
  readonly height: number;
}

export const pixelsOf = ({ width, height }: Size): number => width * height;
