// JavaScript as good as we can write it by hand: typed arrays, bitmaps for values and clauses, and totals that change by
// the rows that enter or leave a slice.
import { MEASURE, LISTED, QUANTILES, admitted } from '../questions.mjs';
import { exported, rowText, spelled, yearly } from './canonical.mjs';
import { JsonRows, jsonTexts } from './json_rows.mjs';

/** Facets that have codes of their own; the others fold one of these. */
const BASES = ['month', 'region', 'country', 'organisation_type', 'organisation', 'task', 'library', 'licence', 'relation', 'origin', 'parameters'];
const BASE_OF = { year: 'month', size: 'parameters' };

/** A facet with more values has no bitmap for each: its codes are looked through. */
const MOST_BITMAPS = 100;

let rows;
let words;
let clauses = new Map();
let ofValues;
let slice;
let only = new Map();
let bySize;
let byLikes;
let ids;

/** The totals of some base columns over a set of rows that changes. */
class Tally {
  constructor(columns) {
    this.adders = columns.map(adder);
    this.everything = columns.map(({ values }) => new Float64Array(2 * values));
    this.totals = columns.map(({ values }) => new Float64Array(2 * values));
    this.mask = new Int32Array(words);
    const all = new Int32Array(rows.count).map((_, row) => row);
    this.adders.forEach((add, at) => add(this.everything[at], all, rows.count, 1));
  }

  /** Changes the set: from what it was, from nothing or from everything, whichever touches fewest rows. */
  set(mask) {
    let [entering, leaving, members] = [0, 0, 0];
    for (let word = 0; word < words; word++) {
      const [was, is] = [this.mask[word], mask[word]];
      entering += ones(is & ~was);
      leaving += ones(was & ~is);
      members += ones(is);
    }
    const least = Math.min(entering + leaving, members, rows.count - members);
    if (least === entering + leaving) {
      this.apply(entering, word => mask[word] & ~this.mask[word], 1);
      this.apply(leaving, word => this.mask[word] & ~mask[word], -1);
    } else if (least === members) {
      for (const totals of this.totals) totals.fill(0);
      this.apply(members, word => mask[word], 1);
    } else {
      this.totals.forEach((totals, at) => totals.set(this.everything[at]));
      this.apply(rows.count - members, word => ~mask[word] & valid(word), -1);
    }
    this.mask.set(mask);
  }

  apply(count, bits, sign) {
    if (count === 0) return;
    const list = new Int32Array(count);
    let at = 0;
    for (let word = 0; word < words; word++) {
      for (let rest = bits(word); rest !== 0; rest &= rest - 1) list[at++] = (word << 5) + 31 - Math.clz32(rest & -rest);
    }
    this.adders.forEach((add, column) => add(this.totals[column], list, count, sign));
  }
}

const ones = bits => {
  bits -= (bits >>> 1) & 0x5555_5555;
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
};

/** The bits of a word that stand for rows. */
const valid = word => (word === words - 1 && rows.count % 32 ? (1 << (rows.count % 32)) - 1 : -1);

/**
 * A function that adds rows to a column's totals, `[measure, models]` by code. Each is compiled apart, so that the
 * engine knows the type of its codes.
 */
function adder({ codes, second, values2 }) {
  const code = second ? 'codes[row] * values2 + second[row]' : 'codes[row]';
  const body = `return (totals, list, count, sign) => {
    for (let at = 0; at < count; at++) {
      const row = list[at];
      const to = (${code}) * 2;
      totals[to] += sign * weights[row];
      totals[to + 1] += sign;
    }
  }`;
  return new Function('codes', 'second', 'values2', 'weights', body)(codes, second, values2, rows.numbers[MEASURE]);
}

const base = name => ({ codes: rows.facets[name].codes, values: rows.facets[name].keys.length });

/** The columns counted over the slice: every base column, and month × region. */
function sliceColumns(split) {
  const second = rows.facets[split];
  const cells = { codes: rows.facets.month.codes, second: second.codes, values2: second.keys.length };
  return [...BASES.map(base), { ...cells, values: rows.facets.month.keys.length * second.keys.length }];
}

/** The bitmap of a clause, kept while the clause stays. */
function bitmap(name, clause) {
  const text = JSON.stringify(clause);
  const kept = clauses.get(name);
  if (kept?.text === text) return kept.bits;
  const { codes, keys } = rows.facets[name];
  const admits = admitted(clause, keys.length);
  const bits = ofValues.has(name) ? united(ofValues.get(name), admits) : scanned(codes, admits);
  clauses.set(name, { text, bits });
  return bits;
}

/** The bitmaps of the admitted values put together, or those of the others turned round where they are fewer. */
function united(bitmaps, admits) {
  const turned = admits.reduce((sum, admit) => sum + admit, 0) * 2 > admits.length;
  const out = new Int32Array(words);
  bitmaps.forEach((bits, value) => {
    if (Boolean(admits[value]) === turned) return;
    for (let word = 0; word < words; word++) out[word] |= bits[word];
  });
  return turned ? complement(out) : out;
}

function scanned(codes, admits) {
  const bits = new Int32Array(words);
  for (let row = 0; row < rows.count; row++) bits[row >> 5] |= admits[codes[row]] << (row & 31);
  return bits;
}

/** A bitmap for each value of a facet. */
function valueBitmaps({ codes, keys }) {
  const bitmaps = keys.map(() => new Int32Array(words));
  for (let row = 0; row < rows.count; row++) bitmaps[codes[row]][row >> 5] |= 1 << (row & 31);
  return bitmaps;
}

/** The rows that no clause excludes, and for each clause those that only this one excludes. */
function masks(question) {
  const bits = Object.entries(question.clauses).map(([name, clause]) => [name, bitmap(name, clause)]);
  // Rows that fail one clause at least, and two at least.
  const [once, twice] = [new Int32Array(words), new Int32Array(words)];
  for (const [, admits] of bits) count(admits, once, twice);
  return { none: complement(once), single: new Map(bits.map(([name, admits]) => [name, onlyThere(admits, twice)])) };
}

function count(admits, once, twice) {
  for (let word = 0; word < words; word++) {
    const fails = ~admits[word];
    twice[word] |= once[word] & fails;
    once[word] |= fails;
  }
}

function complement(mask) {
  const out = new Int32Array(words);
  for (let word = 0; word < words; word++) out[word] = ~mask[word];
  out[words - 1] &= valid(words - 1);
  return out;
}

function onlyThere(admits, twice) {
  const out = new Int32Array(words);
  for (let word = 0; word < words; word++) out[word] = ~admits[word] & ~twice[word];
  out[words - 1] &= valid(words - 1);
  return out;
}

function inSlice(question) {
  return masks(question).none;
}

function step(question) {
  if (question.split !== slice.split) slice = { split: question.split, tally: new Tally(sliceColumns(question.split)) };
  const { none, single } = masks(question);
  slice.tally.set(none);
  for (const [name, mask] of single) {
    if (!only.has(name)) only.set(name, new Tally([base(BASE_OF[name] ?? name)]));
    only.get(name).set(mask);
  }
  const facets = {};
  for (const name of Object.keys(rows.facets)) facets[name] = totals(name, single.has(name));
  return { facets, cells: slice.tally.totals.at(-1), split: question.split };
}

/** `[measure, models]` by value of a facet: those of the slice, and of the rows that only its own clause excludes. */
function totals(name, filtered) {
  const counted = BASE_OF[name] ?? name;
  let sums = slice.tally.totals[BASES.indexOf(counted)];
  if (filtered) {
    const more = only.get(name).totals[0];
    sums = sums.map((sum, at) => sum + more[at]);
  }
  return BASE_OF[name] ? folded(sums, rows.facets[counted].fold, rows.facets[name].keys.length) : sums.slice();
}

function folded(sums, fold, values) {
  const out = new Float64Array(2 * values);
  for (let code = 0; code < fold.length; code++) {
    out[2 * fold[code]] += sums[2 * code];
    out[2 * fold[code] + 1] += sums[2 * code + 1];
  }
  return out;
}

/** The measure by year × a facet over the slice, without the facets' totals. */
function pivot(question) {
  const mask = inSlice(question);
  const [year, split, weights] = [rows.facets.year.codes, rows.facets[question.split], rows.numbers[MEASURE]];
  const [codes, values] = [split.codes, split.keys.length];
  const cells = new Float64Array(rows.facets.year.keys.length * values);
  for (let word = 0; word < words; word++) {
    for (let rest = mask[word]; rest !== 0; rest &= rest - 1) {
      const row = (word << 5) + 31 - Math.clz32(rest & -rest);
      cells[year[row] * values + codes[row]] += weights[row];
    }
  }
  return cells;
}

/** Quantiles by year: the rows of known size are kept in order of size with what is needed of them, so one walk finds them. */
function sizes(question) {
  const mask = inSlice(question);
  const { order, year, weight, size } = bySize;
  const years = rows.facets.year.keys.length;
  const [counts, total] = [new Float64Array(years), new Float64Array(years)];
  const members = new Int32Array(order.length);
  let found = 0;
  for (let at = 0; at < order.length; at++) {
    const row = order[at];
    members[found] = at;
    found += (mask[row >> 5] >>> (row & 31)) & 1;
  }
  for (let member = 0; member < found; member++) {
    const at = members[member];
    counts[year[at]] += 1;
    total[year[at]] += weight[at];
  }
  const [plain, weighted] = [new Reached(counts), new Reached(total)];
  for (let member = 0; member < found; member++) {
    const at = members[member];
    plain.add(year[at], 1, size[at]);
    weighted.add(year[at], weight[at], size[at]);
  }
  return { plain: plain.found, weighted: weighted.found };
}

/** Quantiles by year while values come in ascending order. */
class Reached {
  constructor(totals) {
    this.totals = totals;
    this.sums = new Float64Array(totals.length);
    this.next = new Uint8Array(totals.length);
    this.wanted = totals.map(total => (total > 0 ? QUANTILES[0] * total : Infinity));
    this.found = new Float64Array(totals.length * QUANTILES.length).fill(NaN);
  }

  add(year, weight, value) {
    const reached = (this.sums[year] += weight) * 100;
    while (reached >= this.wanted[year]) {
      this.found[year * QUANTILES.length + this.next[year]++] = value;
      const next = QUANTILES[this.next[year]];
      this.wanted[year] = next ? next * this.totals[year] : Infinity;
    }
  }
}

/** The rows lie in order of downloads; the order by likes is made at the start. */
function top(question) {
  const mask = inSlice(question);
  const found = [];
  for (let at = 0; at < rows.count && found.length < LISTED; at++) {
    const row = question.sort === 'likes' ? byLikes[at] : at;
    if ((mask[row >> 5] >>> (row & 31)) & 1) found.push(spelled(rows, row, ids.at(row)));
  }
  return found;
}

/** Walks one long text; the browser's own search for a text is as fast as a loop can be. */
function search({ needle }) {
  const wanted = needle.toLowerCase();
  const { text, ends } = ids;
  const first = [];
  let [count, row] = [0, 0];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, ends[row])) {
    row = rowAt(ends, at, row);
    if (first.length < LISTED) first.push(ids.at(row));
    count += 1;
  }
  return { count, first };
}

/** The row whose text holds a position: close behind `row` mostly, so the search widens from there. */
function rowAt(ends, position, row) {
  let stride = 1;
  while (row + stride < ends.length && ends[row + stride - 1] <= position) {
    row += stride;
    stride *= 2;
  }
  let [low, high] = [Math.max(row - (stride >> 1), 0), Math.min(row + stride, ends.length - 1)];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

class IdText {
  constructor(lines) {
    this.original = new TextDecoder().decode(lines.slice());
    this.text = this.original.toLowerCase();
    this.ends = new Uint32Array(rows.count);
    let row = 0;
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) this.ends[row++] = at + 1;
  }

  at(row) {
    return this.original.slice(row ? this.ends[row - 1] : 0, this.ends[row] - 1);
  }
}

function exportRows(question) {
  const mask = inSlice(question);
  const out = new JsonRows();
  const texts = jsonTexts(rows);
  for (let word = 0; word < words; word++) {
    for (let rest = mask[word]; rest !== 0; rest &= rest - 1) {
      const row = (word << 5) + 31 - Math.clz32(rest & -rest);
      out.push(row, ids.at(row), texts);
    }
  }
  return out.finish();
}

export default {
  name: 'plain-js',
  needs: 'rows',
  prepare() {},
  load(given) {
    rows = given;
    words = (rows.count + 31) >> 5;
    const few = Object.entries(rows.facets).filter(([, { keys }]) => keys.length <= MOST_BITMAPS);
    ofValues = new Map(few.map(([name, facet]) => [name, valueBitmaps(facet)]));
    slice = { split: 'region', tally: new Tally(sliceColumns('region')) };
    const known = rows.numbers.parameters;
    const order = new Int32Array(rows.count).map((_, row) => row).filter(row => !Number.isNaN(known[row]));
    order.sort((one, other) => known[one] - known[other]);
    const inOrder = column => new column.constructor(order.length).map((_, at) => column[order[at]]);
    bySize = { order, year: inOrder(rows.facets.year.codes), weight: inOrder(rows.numbers[MEASURE]), size: inOrder(known) };
    const { likes } = rows.numbers;
    byLikes = new Int32Array(rows.count).map((_, row) => row).sort((one, other) => likes[other] - likes[one] || one - other);
  },
  loadIds({ lines }) {
    ids = new IdText(lines);
  },
  step,
  frame: step,
  pivot,
  sizes,
  top,
  search,
  export: exportRows,
  canonical: {
    step({ facets, cells, split }) {
      const out = {};
      for (const [name, sums] of Object.entries(facets)) {
        out[name] = sums.filter((_, at) => at % 2 === 0);
        out[`${name} models`] = sums.filter((_, at) => at % 2 === 1);
      }
      out.cells = yearly(cells.filter((_, at) => at % 2 === 0), rows.facets, rows.facets[split].keys.length);
      return out;
    },
    pivot: cells => ({ cells }),
    sizes: found => found,
    top: found => ({ rows: found.map(rowText) }),
    search: ({ count, first }) => ({ count: [count], first }),
    export: exported,
  },
};
