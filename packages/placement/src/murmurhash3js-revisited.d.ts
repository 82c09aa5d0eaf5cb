/** The library brings no types; only the test uses it, as the judge of the own implementation. */
declare module 'murmurhash3js-revisited' {
  const murmurHash3: {readonly x86: {hash32(bytes: Uint8Array, seed: number): number}};
  export default murmurHash3;
}
