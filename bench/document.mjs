// A document keeps its own words around the tables that the benchmark writes.

const begin = name => `<!-- ${name}: written by cargo xtask bench -->`;
const end = name => `<!-- end of ${name} -->`;

/**
 * The text of a document after a run: in one that has the two marks of `name`, what stands between them is replaced;
 * any other is replaced as a whole.
 */
export function withTables(document, name, tables) {
  const from = document.indexOf(begin(name));
  const to = document.indexOf(end(name), from);
  const body = tables.trimEnd();
  if (from < 0 || to < 0) return `${body}\n`;
  return `${document.slice(0, from)}${begin(name)}\n\n${body}\n\n${document.slice(to)}`;
}
