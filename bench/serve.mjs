// A host for what the benchmark opens, on this machine only: compressed as a good host sends it, and as slow as asked.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.parquet': 'application/vnd.apache.parquet',
};

/** What shrinks on the way; parts of a snapshot are compressed already. */
const COMPRESSED = ['.html', '.js', '.mjs', '.css', '.wasm', '.json', '.svg'];

/** Bytes that leave at once on a slow line. */
const PACKET = 16 << 10;

/**
 * Serves folders below the paths of `mounts` (the longest that fits). With `line` of `{ bytesPerSecond, delay }` all
 * answers share a line of that speed, and each begins `delay` milliseconds late. Pages may measure time finely and share
 * memory between workers.
 */
export async function startHost({ mounts, cache, line = null, compress = true }) {
  const shared = line && { ...line, free: 0 };
  const server = createServer((request, response) => {
    answer(request, response).catch(error => {
      console.error(`bench: ${request.url}: ${error.message}`);
      response.destroy();
    });
  });

  async function answer(request, response) {
    const path = decodeURIComponent(new URL(request.url, 'http://127.0.0.1').pathname);
    const file = fileFor(mounts, path);
    if (!file) return void response.writeHead(404).end();
    const headers = {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      'Cache-Control': 'no-store',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Cross-Origin-Resource-Policy': 'same-origin',
    };
    const packed = compress && COMPRESSED.includes(extname(file));
    const bytes = packed ? compressed(file, cache) : readFileSync(file);
    if (packed) headers['Content-Encoding'] = 'br';
    if (shared) await pause(shared.delay);
    response.writeHead(200, { ...headers, 'Content-Length': bytes.length });
    if (!shared) return void response.end(bytes);
    for (let at = 0; at < bytes.length && !response.destroyed; at += PACKET) {
      const packet = bytes.subarray(at, at + PACKET);
      const now = performance.now();
      shared.free = Math.max(shared.free, now) + (packet.length / shared.bytesPerSecond) * 1000;
      await pause(shared.free - now);
      response.write(packet);
    }
    response.end();
  }

  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise(resolve => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

function fileFor(mounts, path) {
  const mount = Object.keys(mounts).filter(prefix => path.startsWith(prefix)).sort((one, other) => other.length - one.length)[0];
  if (!mount) return null;
  const root = resolve(mounts[mount]);
  const file = resolve(root, path.slice(mount.length) || 'index.html');
  return file.startsWith(root + sep) && existsSync(file) && statSync(file).isFile() ? file : null;
}

/** A file after brotli at its best, kept in `cache` under the hash of its content. */
export function compressed(file, cache) {
  const content = readFileSync(file);
  const kept = join(cache, `${createHash('sha256').update(content).digest('hex')}.br`);
  if (existsSync(kept)) return readFileSync(kept);
  const bytes = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } });
  mkdirSync(cache, { recursive: true });
  writeFileSync(kept, bytes);
  return bytes;
}
