// Rows written as JSON by hand: numbers and ready-made texts put together, some thousand rows to a piece.
import { ROW_FACETS } from './canonical.mjs';

const ROWS_A_PIECE = 4096;

/** What a row consists of: its numbers, and for each column of codes the JSON text of each value with its name before it. */
export function jsonTexts({ numbers, facets, sources }) {
  const named = (name, keys) => keys.map(key => `,"${name}":${JSON.stringify(key)}`);
  const columns = ROW_FACETS.map(name => ({ codes: facets[name].codes, texts: named(name, facets[name].keys) }));
  return { numbers, columns: [{ codes: sources.codes, texts: named('parameters_source', sources.keys) }, ...columns] };
}

/** A JSON array of rows under way. */
export class JsonRows {
  pieces = [];
  encoder = new TextEncoder();
  text = '[';
  rows = 0;

  push(row, id, { numbers, columns }) {
    const known = value => (value === value ? value : null);
    this.text += `${this.rows ? ',\n' : '\n'}{"id":${JSON.stringify(id)},"downloads_30d":${numbers.downloads_30d[row]},"downloads_all_time":${known(numbers.downloads_all_time[row])},"likes":${numbers.likes[row]},"parameters":${known(numbers.parameters[row])}`;
    for (const { codes, texts } of columns) this.text += texts[codes[row]];
    this.text += '}';
    this.rows += 1;
    if (this.rows % ROWS_A_PIECE === 0) this.pass();
  }

  pass() {
    this.pieces.push(this.encoder.encode(this.text));
    this.text = '';
  }

  /** All of it as UTF-8, in pieces, as a file is made of. */
  finish() {
    this.text += '\n]';
    this.pass();
    return this.pieces;
  }
}
