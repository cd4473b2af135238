// The floor: reading the bytes of a step's columns once, in wasm with SIMD, and doing nothing with them.
import init, { Stream } from 'atlas-probe';
import { MEASURE } from '../questions.mjs';

let stream;

export default {
  name: 'stream-limit',
  needs: 'rows',
  async prepare({ wasm }) {
    await init({ module_or_path: wasm });
  },
  /** Every facet's codes in the narrowest width (year and size follow from month and parameters), and the measure. */
  load({ facets, numbers }) {
    const columns = Object.entries(facets).filter(([name]) => name !== 'year' && name !== 'size').map(([, { codes }]) => codes);
    stream = new Stream([...columns, numbers[MEASURE]].reduce((sum, { byteLength }) => sum + byteLength, 0));
  },
  step: () => stream.read(),
  frame: () => stream.read(),
  canonical: { step: () => null },
};
