// How many bytes a reader downloads: code raw, after gzip and after brotli, and the snapshot by model.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { compressed } from './serve.mjs';

const isCode = name => name.endsWith('.js') || name.endsWith('.wasm');

/** Everything that travels, in bytes: ours as published, the peers' scripts as bundled here. */
export function transferred({ dist, snapshot, parquet, scripts, cache, contestants }) {
  const files = readdirSync(dist, { recursive: true }).filter(name => statSync(join(dist, name)).isFile());
  const published = files.filter(name => !name.startsWith('snapshot') && isCode(name));
  const sizes = paths => sum(paths.map(path => weigh(path, cache)));
  const inFolderOf = (worker, name) => new RegExp(`^${worker}-[0-9a-f]+`).test(name);
  const manifest = JSON.parse(readFileSync(join(snapshot, 'manifest.json')));
  const { rows } = manifest.totals;
  const peers = contestants.filter(({ name }) => name !== 'hub-atlas' && name !== 'stream-limit');
  return {
    page: sizes(published.filter(name => !inFolderOf('worker', name) && !inFolderOf('importer', name)).map(name => join(dist, name))),
    worker: sizes(published.filter(name => inFolderOf('worker', name)).map(name => join(dist, name))),
    importer: sizes(published.filter(name => inFolderOf('importer', name)).map(name => join(dist, name))),
    index_html: sizes([join(dist, 'index.html')]),
    manifest: sizes([join(snapshot, 'manifest.json')]),
    models_bytes_per_model: partBytes(snapshot, 'models') / rows,
    ids_bytes_per_model: partBytes(snapshot, 'ids') / rows,
    ...(parquet && { duckdb_parquet_bytes_per_model: partBytes(parquet, 'models') / rows }),
    peers: Object.fromEntries(peers.map(({ name, files }) => [name, sizes([`${name}.js`, ...(files.wasm ? [files.wasm] : [])].map(file => join(scripts, file)))])),
  };
}

function partBytes(folder, kind) {
  const { parts } = JSON.parse(readFileSync(join(folder, 'manifest.json')));
  return sum(parts.filter(part => part.kind === kind).map(({ bytes }) => ({ bytes }))).bytes;
}

function weigh(path, cache) {
  const content = readFileSync(path);
  return { raw: content.length, gzip: gzipSync(content, { level: 9 }).length, brotli: compressed(path, cache).length };
}

function sum(list) {
  const out = {};
  for (const sizes of list) for (const [name, bytes] of Object.entries(sizes)) out[name] = (out[name] ?? 0) + bytes;
  return out;
}
