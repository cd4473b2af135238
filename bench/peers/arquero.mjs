// arquero at its best: columns are typed arrays of codes, and the groups of every facet are made once, so that no filter
// has to make the keys of its groups again.
import { desc, escape, op, table } from 'arquero';
import { MEASURE, LISTED, admitted } from '../questions.mjs';
import { exported, quantiles, quantilesByYear, rowText, spelled, zeros } from './canonical.mjs';
import { JsonRows, jsonTexts } from './json_rows.mjs';

/** Sum and count of one column are found in one walk; a count of rows would be a second. */
const TOTALS = { measure: op.sum(MEASURE), models: op.valid(MEASURE) };

let rows;
let whole;
let grouped;
let cells;
let ids;
let lowerIds;

/** The table's rows that every clause admits, but for the clause of the facet `without`. */
function under({ clauses }, without = null) {
  const tests = Object.entries(clauses).filter(([name]) => name !== without);
  if (tests.length === 0) return whole;
  const admits = tests.map(([name, clause]) => admitted(clause, rows.facets[name].keys.length));
  const params = Object.fromEntries(admits.map((values, at) => [`admits${at}`, values]));
  return whole.params(params).filter(`(d, $) => ${tests.map(([name], at) => `$.admits${at}[d.${name}]`).join(' && ')}`);
}

/** Ready-made groups with the rows of another table. */
function inGroups(groups, filtered) {
  const filter = filtered.mask();
  return filter ? groups.create({ filter }) : groups;
}

function step(question) {
  const slice = under(question);
  const facets = {};
  for (const name of Object.keys(rows.facets)) {
    const others = name in question.clauses ? under(question, name) : slice;
    facets[name] = inGroups(grouped[name], others).rollup(TOTALS);
  }
  return { facets, cells: inGroups(cells, slice).rollup({ measure: op.sum(MEASURE) }) };
}

function pivot(question) {
  return inGroups(cells, under(question)).rollup({ measure: op.sum(MEASURE) });
}

/** arquero's own quantiles lie between two values, so the values of each year are taken out and sorted. */
function sizes(question) {
  const slice = inGroups(grouped.year, under(question));
  const listed = slice.rollup({ rows: op.array_agg('row') });
  const { parameters } = rows.numbers;
  const out = rows.facets.year.keys.map(() => [quantiles([]), quantiles([])]);
  for (const { year, rows: members } of listed.objects()) {
    const known = Int32Array.from(members).filter(row => !Number.isNaN(parameters[row]));
    known.sort((one, other) => parameters[one] - parameters[other]);
    const values = Float64Array.from(known, row => parameters[row]);
    out[year] = [quantiles(values), quantiles(values, Float64Array.from(known, row => rows.numbers[MEASURE][row]))];
  }
  return out;
}

function top(question) {
  const slice = under(question);
  const ordered = question.sort === 'likes' ? slice.orderby(desc('likes')) : slice;
  return Array.from(ordered.slice(0, LISTED).array('row'), row => spelled(rows, row, ids[row]));
}

function search({ needle }) {
  const wanted = needle.toLowerCase();
  const found = lowerIds.filter(escape(({ id }) => id.includes(wanted)));
  return { count: found.numRows(), first: Array.from(found.slice(0, LISTED).array('row'), row => ids[row]) };
}

function exportRows(question) {
  const out = new JsonRows();
  const texts = jsonTexts(rows);
  under(question).scan(row => out.push(row, ids[row], texts));
  return out.finish();
}

export default {
  name: 'arquero',
  needs: 'rows',
  prepare() {},
  load(given) {
    rows = given;
    const codes = Object.entries(rows.facets).map(([name, { codes }]) => [name, codes]);
    const row = new Uint32Array(rows.count).map((_, at) => at);
    whole = table({ ...Object.fromEntries(codes), [MEASURE]: rows.numbers[MEASURE], likes: rows.numbers.likes, row });
    grouped = Object.fromEntries(codes.map(([name]) => [name, whole.groupby(name)]));
    cells = whole.groupby('year', 'region');
  },
  loadIds({ lines }) {
    ids = new TextDecoder().decode(lines.slice()).split('\n');
    ids.pop();
    lowerIds = table({ id: ids.map(id => id.toLowerCase()), row: whole.array('row') });
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
      for (const [name, totals] of Object.entries(found.facets)) {
        out[name] = zeros(rows.facets[name]);
        out[`${name} models`] = zeros(rows.facets[name]);
        for (const group of totals.objects()) {
          out[name][group[name]] = group.measure;
          out[`${name} models`][group[name]] = group.models;
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
  const regions = rows.facets.region.keys.length;
  const out = new Float64Array(rows.facets.year.keys.length * regions);
  for (const { year, region, measure } of found.objects()) out[year * regions + region] = measure;
  return out;
}
