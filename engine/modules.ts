/**
 * The compiled codecs an engine runs on. Workers may not compile WebAssembly from bytes, so each
 * caller brings the modules in the way its platform allows: a static `.wasm` import in a Worker,
 * `engine/modules-node.ts` in Node.
 */
export interface EngineModules {
  /** `@cf-wasm/photon/photon.wasm` */
  readonly photon: WebAssembly.Module;
}
