// crossfilter2 at its best: records are row numbers, dimensions read typed arrays, every group is kept up to date.
import crossfilter from 'crossfilter2';
import { MEASURE, LISTED, admitted } from '../questions.mjs';
import { exported, quantiles, quantilesByYear, rowText, spelled, zeros } from './canonical.mjs';
import { JsonRows, jsonTexts } from './json_rows.mjs';

let rows;
let filter;
let dimensions;
let groups;
let cells;
let order;
let byLikes;
let bySize;
let ids;
let held = {};

const add = (sums, row) => {
  sums.measure += rows.numbers[MEASURE][row];
  sums.models += 1;
  return sums;
};
const remove = (sums, row) => {
  sums.measure -= rows.numbers[MEASURE][row];
  sums.models -= 1;
  return sums;
};
const nothing = () => ({ measure: 0, models: 0 });

/** Changes the filters that differ from those of the question before. */
function ask({ clauses }) {
  for (const [name, dimension] of Object.entries(dimensions)) {
    const clause = clauses[name];
    const text = JSON.stringify(clause);
    if (held[name] === text) continue;
    held[name] = text;
    if (!clause) {
      dimension.filterAll();
      continue;
    }
    const admits = admitted(clause, rows.facets[name].keys.length);
    const [first, last] = [admits.indexOf(1), admits.lastIndexOf(1)];
    // A filter on a range needs a binary search, any other one a look at every row.
    if (first < 0) dimension.filterFunction(() => false);
    else if (admits.subarray(first, last + 1).includes(0)) dimension.filterFunction(code => admits[code] === 1);
    else dimension.filterRange([first, last + 1]);
  }
}

function step(question) {
  ask(question);
  return { facets: Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, group.all()])), cells: cells.all() };
}

function pivot(question) {
  ask(question);
  return cells.all();
}

function sizes(question) {
  ask(question);
  const { parameters } = rows.numbers;
  const years = rows.facets.year.keys.map(() => ({ values: [], weights: [] }));
  for (const row of bySize.bottom(Infinity)) {
    if (Number.isNaN(parameters[row])) continue;
    const { values, weights } = years[rows.facets.year.codes[row]];
    values.push(parameters[row]);
    weights.push(rows.numbers[MEASURE][row]);
  }
  return years.map(({ values, weights }) => [quantiles(values), quantiles(values, weights)]);
}

function top(question) {
  ask(question);
  return (question.sort === 'likes' ? byLikes : order).bottom(LISTED).map(row => spelled(rows, row, ids[row]));
}

/** Crossfilter searches no texts: the list of ids is walked. */
function search({ needle }) {
  const wanted = needle.toLowerCase();
  const first = [];
  let count = 0;
  for (let row = 0; row < ids.length; row++) {
    if (!ids[row].toLowerCase().includes(wanted)) continue;
    if (count++ < LISTED) first.push(ids[row]);
  }
  return { count, first };
}

function exportRows(question) {
  ask(question);
  const out = new JsonRows();
  const texts = jsonTexts(rows);
  for (const row of order.bottom(Infinity)) out.push(row, ids[row], texts);
  return out.finish();
}

export default {
  name: 'crossfilter2',
  needs: 'rows',
  prepare() {},
  load(given) {
    rows = given;
    filter = crossfilter(Array.from({ length: rows.count }, (_, row) => row));
    dimensions = {};
    groups = {};
    for (const [name, { codes }] of Object.entries(rows.facets)) {
      dimensions[name] = filter.dimension(row => codes[row]);
      groups[name] = dimensions[name].group().reduce(add, remove, nothing);
    }
    const [year, region] = [rows.facets.year.codes, rows.facets.region];
    const cell = row => year[row] * region.keys.length + region.codes[row];
    cells = filter.dimension(cell).group().reduceSum(row => rows.numbers[MEASURE][row]);
    order = filter.dimension(row => row);
    const { likes, parameters } = rows.numbers;
    byLikes = filter.dimension(row => row - likes[row] * 2 ** 32);
    bySize = filter.dimension(row => (Number.isNaN(parameters[row]) ? Infinity : parameters[row]));
  },
  loadIds({ lines }) {
    ids = new TextDecoder().decode(lines.slice()).split('\n');
    ids.pop();
  },
  step,
  frame: step,
  pivot,
  sizes,
  top,
  search,
  export: exportRows,
  canonical: {
    step(found) {
      const out = {};
      for (const [name, groups] of Object.entries(found.facets)) {
        out[name] = zeros(rows.facets[name]);
        out[`${name} models`] = zeros(rows.facets[name]);
        for (const { key, value } of groups) {
          out[name][key] = value.measure;
          out[`${name} models`][key] = value.models;
        }
      }
      return { ...out, cells: cellsOf(found.cells) };
    },
    pivot: found => ({ cells: cellsOf(found) }),
    sizes: quantilesByYear,
    top: found => ({ rows: found.map(rowText) }),
    search: ({ count, first }) => ({ count: [count], first }),
    export: exported,
  },
};

function cellsOf(found) {
  const out = new Float64Array(rows.facets.year.keys.length * rows.facets.region.keys.length);
  for (const { key, value } of found) out[key] = value;
  return out;
}
