// The decoded rows as Arrow, for the contestants that take it: texts as dictionaries, numbers as they are.
import { Dictionary, Float64, Table, Uint8, Uint16, Uint32, Utf8, Vector, makeData, tableToIPC, vectorFromArray } from 'apache-arrow';

const INTEGERS = { Uint8Array: Uint8, Uint16Array: Uint16, Uint32Array: Uint32 };

/** Every facet but `parameters` as a column of texts, the bins of the parameters as numbers, and the numbers. */
export function arrowOfRows({ count, facets, sources, numbers }) {
  const columns = {};
  for (const [name, { keys, codes }] of Object.entries({ ...facets, parameters_source: sources })) {
    if (name === 'parameters') columns.bin = new Vector([integers(codes)]);
    else columns[name] = texts(keys, codes);
  }
  columns.downloads_30d = new Vector([numbersOf(numbers.downloads_30d)]);
  columns.downloads_all_time = new Vector([numbersOf(numbers.downloads_all_time ?? new Float64Array(count).fill(NaN))]);
  columns.likes = new Vector([numbersOf(numbers.likes ?? new Float64Array(count).fill(NaN))]);
  columns.parameters = new Vector([numbersOf(numbers.parameters)]);
  return shared(tableToIPC(new Table(columns), 'stream'));
}

/** One column, `id`, from ids one a line. */
export function arrowOfIds({ lines }) {
  const ends = [];
  for (let at = lines.indexOf(10); at >= 0; at = lines.indexOf(10, at + 1)) ends.push(at);
  const valueOffsets = new Int32Array(ends.length + 1);
  const data = new Uint8Array(lines.length - ends.length);
  let [start, to] = [0, 0];
  ends.forEach((end, row) => {
    data.set(lines.subarray(start, end), to);
    to += end - start;
    start = end + 1;
    valueOffsets[row + 1] = to;
  });
  const id = makeData({ type: new Utf8(), length: ends.length, nullCount: 0, valueOffsets, data });
  return shared(tableToIPC(new Table({ id: new Vector([id]) }), 'stream'));
}

function texts(keys, codes) {
  const dictionary = vectorFromArray(keys, new Utf8());
  const indices = new INTEGERS[codes.constructor.name]();
  return new Vector([makeData({ type: new Dictionary(dictionary.type, indices), length: codes.length, nullCount: 0, data: codes, dictionary })]);
}

function integers(codes) {
  return makeData({ type: new INTEGERS[codes.constructor.name](), length: codes.length, nullCount: 0, data: codes });
}

/** Doubles that are NaN are not known: null. */
function numbersOf(values) {
  if (values instanceof Uint32Array) return integers(values);
  const nullBitmap = new Uint8Array((values.length + 7) >> 3);
  let known = 0;
  values.forEach((value, row) => {
    if (Number.isNaN(value)) return;
    nullBitmap[row >> 3] |= 1 << (row & 7);
    known += 1;
  });
  return makeData({ type: new Float64(), length: values.length, nullCount: values.length - known, nullBitmap, data: values });
}

function shared(bytes) {
  const out = new Uint8Array(new SharedArrayBuffer(bytes.length));
  out.set(bytes);
  return out;
}
