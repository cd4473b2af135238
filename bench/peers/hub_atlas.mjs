// Our engine, called directly: the same code as in the page's worker, without the messages between page and worker.
import init, { Probe } from 'atlas-probe';
import { LISTED, QUANTILES, link } from '../questions.mjs';
import { ROW_FACETS, exported, rowText, yearly } from './canonical.mjs';

/** Bytes of a piece of an export, as the page's worker asks for. */
const PIECE_BYTES = 1 << 20;

let memory;
let probe;
let facets;

/** A step's numbers where they lie, good until the next call. */
function told(asked) {
  probe.step(asked);
  return new Float64Array(memory.buffer, probe.told_at(), probe.told_len());
}

export default {
  name: 'hub-atlas',
  needs: 'parts',
  async prepare({ wasm }) {
    ({ memory } = await init({ module_or_path: wasm }));
  },
  load({ manifest, models, facets: described }) {
    facets = described;
    probe = new Probe(manifest);
    for (const { path, bytes } of models) probe.append(path, bytes);
  },
  loadIds({ parts }) {
    for (const { path, bytes } of parts) probe.append_ids(path, bytes);
  },
  memory: () => memory.buffer.byteLength,
  exportGrowth() {
    const before = memory.buffer.byteLength;
    probe.export('');
    while (probe.export_piece(PIECE_BYTES));
    return memory.buffer.byteLength - before;
  },
  step: question => told(link(question, facets)),
  frame(question) {
    const asked = link(question, facets);
    return question.starts ? probe.prepare(asked, question.drag) : told(asked);
  },
  pivot: question => probe.pivot(link(question, facets)),
  sizes: question => probe.sizes(link(question, facets)),
  top: question => JSON.parse(probe.top(link(question, facets), question.sort, LISTED)),
  search: ({ needle }) => JSON.parse(probe.search(needle, LISTED)),
  export(question) {
    probe.export(link(question, facets));
    const pieces = [];
    for (let piece; (piece = probe.export_piece(PIECE_BYTES)); ) pieces.push(piece);
    return pieces;
  },
  canonical: {
    step(sums, { split }) {
      const out = {};
      let at = 0;
      const take = length => sums.slice(at, (at += length));
      for (const [name, { keys }] of Object.entries(facets)) out[name] = take(keys.length);
      for (const [name, { keys }] of Object.entries(facets)) out[`${name} models`] = take(keys.length);
      out.cells = yearly(sums.slice(at), facets, facets[split].keys.length);
      return out;
    },
    pivot: (cells, { split }) => ({ cells: yearly(cells, facets, facets[split].keys.length) }),
    sizes(quantiles) {
      const isPlain = at => at % (2 * QUANTILES.length) < QUANTILES.length;
      return { plain: quantiles.filter((_, at) => isPlain(at)), weighted: quantiles.filter((_, at) => !isPlain(at)) };
    },
    top: rows => ({ rows: rows.map(row => rowText({ ...row, ...Object.fromEntries(ROW_FACETS.map((name, at) => [name, row.facets[at]])) })) }),
    search: ({ count, first }) => ({ count: [count], first }),
    export: exported,
  },
};
