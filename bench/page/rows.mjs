// Decodes the snapshot once, in a worker, into the columns that the peers are fed: typed arrays in shared memory.
import init, { Probe, Rows, id_lines } from 'atlas-probe';
import { arrowOfIds, arrowOfRows } from './arrow.mjs';

/** Columns of the snapshot that hold a code for each row, and the facets that follow from other columns. */
const STORED = ['month', 'region', 'country', 'organisation_type', 'organisation', 'task', 'library', 'licence', 'relation', 'origin'];

self.onmessage = async ({ data: { wasm, manifest, models, ids, withArrow } }) => {
  try {
    await init({ module_or_path: wasm });
    const decoded = { rows: decode(manifest, models), ids: decodeIds(manifest, ids) };
    if (withArrow) decoded.arrow = { rows: arrowOfRows(decoded.rows), ids: arrowOfIds(decoded.ids) };
    self.postMessage(decoded);
  } catch (error) {
    self.postMessage({ error: String(error?.stack ?? error) });
  }
};

function decode(manifest, models) {
  const parts = models.map(({ path, bytes }) => new Rows(manifest, path, bytes));
  const stated = JSON.parse(new TextDecoder().decode(manifest));
  const { catalogues } = JSON.parse(new Probe(manifest).dataset());
  const count = stated.totals.rows;
  const facets = {};
  catalogues.forEach(({ values }, at) => {
    // Models have none of the facets that are only those of other collections.
    if (values.length === 0) return;
    facets[FACETS[at]] = { keys: values.map(({ key }) => key), parents: values.map(({ parent }) => parent) };
  });
  const column = (name, values) => codes(parts.map(part => part.codes(name)), count, values);
  for (const name of STORED) facets[name].codes = column(name, facets[name].keys.length);
  facets.parameters.codes = codes(parts.map(part => part.bins()), count, facets.parameters.keys.length);
  facets.year.codes = folded(facets.month, facets.year, count);
  facets.size.codes = folded(facets.parameters, facets.size, count);
  const sources = stated.dictionaries.parameters_source.map(({ key }) => key);
  return {
    count,
    facets,
    sources: { keys: sources, codes: column('parameters_source', sources.length) },
    numbers: {
      downloads_30d: numbers(parts.map(part => part.downloads_30d()), count),
      downloads_all_time: numbers(parts.map(part => part.downloads_all_time()), count),
      likes: numbers(parts.map(part => part.likes()), count),
      parameters: numbers(parts.map(part => part.parameters()), count),
    },
  };
}

/** The engine's facets, in its order. */
const FACETS = ['region', 'country', 'organisation_type', 'organisation', 'size', 'parameters', 'year', 'month', 'task', 'library', 'licence', 'relation', 'origin', 'size_category'];

/** Codes in the narrowest type that holds them. */
function codes(pieces, count, values) {
  const Type = values <= 256 ? Uint8Array : values <= 65536 ? Uint16Array : Uint32Array;
  return joined(Type, pieces, count);
}

/** Whole numbers that are always known and small become 32 bits wide; the others stay doubles, NaN for unknown. */
function numbers(pieces, count) {
  if (pieces.some(piece => !piece)) return null;
  const small = pieces.every(piece => piece.every(value => value <= 0xffff_ffff));
  return joined(small ? Uint32Array : Float64Array, pieces, count);
}

function joined(Type, pieces, count) {
  const out = new Type(new SharedArrayBuffer(count * Type.BYTES_PER_ELEMENT));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  if (at !== count) throw new Error(`${at} rows of ${count}`);
  return out;
}

/** The codes of a facet coarser than another: year of month, size of bin. */
function folded(fine, coarse, count) {
  const last = coarse.keys.length - 1;
  const fold = fine.parents.map(parent => {
    const at = coarse.keys.indexOf(parent);
    return at < 0 ? last : at;
  });
  fine.fold = fold;
  const out = new Uint8Array(new SharedArrayBuffer(count));
  for (let row = 0; row < count; row++) out[row] = fold[fine.codes[row]];
  return out;
}

/** All ids as UTF-8, one a line. */
function decodeIds(manifest, ids) {
  const encoder = new TextEncoder();
  const pieces = ids.map(({ path, bytes }) => encoder.encode(id_lines(manifest, path, bytes)));
  return { lines: joined(Uint8Array, pieces, pieces.reduce((sum, piece) => sum + piece.length, 0)) };
}
