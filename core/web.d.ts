/** The only globals beyond the language that `core` may touch: pure ones. */
declare function btoa(binary: string): string;
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes: Uint8Array): string;
}

declare class URL {
  static parse(url: string, base?: string): URL | null;
  readonly href: string;
  readonly origin: string;
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
}
declare class URLSearchParams {
  constructor(query: string);
  [Symbol.iterator](): IterableIterator<[string, string]>;
}
declare function atob(text: string): string;
declare const crypto: {
  readonly subtle: {
    importKey(
      format: "jwk",
      key: { readonly kty: string; readonly crv: string; readonly x: string; readonly d?: string },
      algorithm: "Ed25519",
      extractable: boolean,
      usages: ("sign" | "verify")[],
    ): Promise<object>;
    sign(algorithm: "Ed25519", key: object, text: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
    verify(
      algorithm: "Ed25519",
      key: object,
      signature: Uint8Array<ArrayBuffer>,
      text: Uint8Array<ArrayBuffer>,
    ): Promise<boolean>;
  };
};
