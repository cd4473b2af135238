// A server on this machine that answers like the Hub's list of models, with faults on request.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { realData } from './builder.mjs';

/** The 1,000 most downloaded models as two pages of the real list hold them, or null where they are not beside the checkout. */
export async function listedModels() {
  const pages = [1, 2].map(page => realData(`hub/api/models-page-${page}.json`));
  if (pages.includes(null)) return null;
  return (await Promise.all(pages.map(async path => JSON.parse(await readFile(path))))).flat();
}

/**
 * Serves a list of models in pages of at most `pageSize`. `faults` is a list of functions of (request, response, query); the
 * first one is taken away with each request that has a fault left, and answers in the Hub's place unless it returns false.
 */
export async function startHub(models, { pageSize = 1000 } = {}) {
  const hub = { requests: [], faults: [], held: null };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    hub.requests.push({ path: url.pathname, query: url.searchParams, headers: request.headers, method: request.method });
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Expose-Headers', 'Link, Retry-After, RateLimit, X-Total-Count');
    if (hub.held) await hub.held;
    const fault = hub.faults.shift();
    if (fault && fault(request, response, url.searchParams) !== false) return;
    if (url.pathname !== '/api/models') return void response.writeHead(404).end();
    const query = url.searchParams;
    const [author, search] = [query.get('author'), query.get('search')?.toLowerCase()];
    const key = query.get('sort');
    const found = models
      .filter(model => !author || model.id.startsWith(`${author}/`))
      .filter(model => !search || model.id.toLowerCase().includes(search))
      .sort((a, b) => b[key] - a[key]);
    const start = Number(query.get('cursor') ?? 0);
    const end = start + Math.min(Number(query.get('limit')), pageSize);
    if (end < found.length) {
      const next = new URLSearchParams(query);
      next.set('cursor', String(end));
      response.setHeader('Link', `<http://127.0.0.1:${server.address().port}/api/models?${next}>; rel="next"`);
    }
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(found.slice(start, end)));
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  hub.address = `http://127.0.0.1:${server.address().port}`;
  hub.stop = () => new Promise(resolve => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return hub;
}

/** An answer of a status with headers and a body. */
export const refuses = (status, headers = {}, body = '') => (_, response) => void response.writeHead(status, headers).end(body);

/** A connection that breaks in the middle of the answer. */
export const breaks = (_, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 100_000 });
  response.write('[{"id":"a/b"');
  setTimeout(() => response.destroy(), 50);
};
