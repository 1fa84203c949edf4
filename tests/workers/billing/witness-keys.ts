/** What the witness signs with in tests. */
export const witnessKeys = {
  keys: [
    {
      kty: "OKP",
      crv: "Ed25519",
      x: "bZHLyZv8U2EQ0ak0EuaCswCsyG1hdDDG__WazkFoSnw",
      d: "FOVyWBILj3gLaLWg7StiyLWQlThND15QmJpjF2w09-U",
      kid: "gFOu-SbMWRP4O0or9c7T9sV79ke1pbSI_x7bfW8dmM4",
    },
  ],
};
