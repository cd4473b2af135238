// A host for the built page, on this machine only: any sub-path, any snapshot, and faults on request.
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, resolve, sep } from 'node:path';
import { setting } from './builder.mjs';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.parquet': 'application/vnd.apache.parquet',
};

/**
 * Serves the built page below `base`, its `snapshot/` from the folder `snapshot` where one is given.
 *
 * The answer has `address`, `requests` (paths asked for, in order), `sent` (those answered whole), `stop()`, `start()` again at the same address, and
 * four faults, each for the paths that a predicate picks: `change(pick, bytes => bytes)`, `refuse(pick, status)`,
 * `delay(pick, milliseconds)` and `hold(pick)`, which answers nothing until `mend()` takes all faults away.
 */
export async function startSite({ base = '/a/deep/folder/', snapshot } = {}) {
  const dist = setting('ATLAS_DIST');
  const requests = [];
  const sent = [];
  let faults = [];

  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://127.0.0.1').pathname);
    if (!path.startsWith(base)) return void response.writeHead(404).end();
    const relative = path.slice(base.length) || 'index.html';
    requests.push(relative);
    response.once('finish', () => sent.push(relative));
    const active = faults.filter(fault => fault.pick(relative));
    for (const { milliseconds } of active.filter(fault => fault.milliseconds)) {
      await new Promise(resolve => setTimeout(resolve, milliseconds));
    }
    while (faults.some(fault => fault.held && fault.pick(relative))) {
      if (response.destroyed) return;
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    const refused = active.find(fault => fault.status);
    if (refused) return void response.writeHead(refused.status).end();
    await send(response, fileFor(relative), active.filter(fault => fault.alter));
  });

  function fileFor(relative) {
    const inSnapshot = snapshot && relative.startsWith('snapshot/');
    const [root, rest] = inSnapshot ? [snapshot, relative.slice('snapshot/'.length)] : [dist, relative];
    const file = resolve(root, rest);
    return file.startsWith(resolve(root) + sep) ? file : null;
  }

  const start = port => new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  await start(0);
  const { port } = server.address();
  return {
    address: `http://127.0.0.1:${port}${base}`,
    requests,
    sent,
    start: () => start(port),
    change: (pick, alter) => faults.push({ pick, alter }),
    refuse: (pick, status = 404) => faults.push({ pick, status }),
    delay: (pick, milliseconds) => faults.push({ pick, milliseconds }),
    hold: pick => faults.push({ pick, held: true }),
    mend: () => { faults = []; },
    stop: () => new Promise(resolve => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

async function send(response, file, changes) {
  const about = file && await stat(file).catch(() => null);
  if (!about?.isFile()) return void response.writeHead(404).end();
  const headers = { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'Cache-Control': 'no-store' };
  if (changes.length === 0) {
    response.writeHead(200, { ...headers, 'Content-Length': about.size });
    return void createReadStream(file).pipe(response);
  }
  const bytes = changes.reduce((content, { alter }) => alter(content), await readFile(file));
  response.writeHead(200, { ...headers, 'Content-Length': bytes.length }).end(bytes);
}
