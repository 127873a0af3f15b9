import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { type Access, type Denial, denials } from './access.ts';
import type { PageFile } from './page-files.ts';
import { wayIn, wayInStyle } from './way-in.ts';

export interface WebOptions {
  readonly access: Access;
  readonly page: ReadonlyMap<string, PageFile>;
  readonly health: () => object;
  /** Of something that was thrown on the way to an answer. */
  readonly failed: (error: unknown) => void;
}

/** Nothing but our own files, our own socket; nothing inline, nothing from strings. */
const policy = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'worker-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** The page and its JSON. Everything needs the cookie but the way in itself. */
export function createWeb({ access, page, health, failed }: WebOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: policy },
      // Plain http on loopback has nothing to be strict about, and would be broken by it.
      strictTransportSecurity: false,
      referrerPolicy: { policy: 'no-referrer' },
    }),
  );
  app.use((request, response, next) => {
    const denied = access.denyDoor(request);
    if (denied) deny(request, response, denied);
    else next();
  });
  app.get('/way-in.css', (_, response) => void response.type('css').send(wayInStyle));
  app.get('/favicon.svg', (request, response, next) => sendFile(page.get('/favicon.svg'), request, response, next));
  app.get('/', (request, response, next) => {
    if (request.query['token'] === undefined) return next();
    if (!access.isToken(request.query['token'])) return deny(request, response, 'token');
    // The token leaves the address: not in the history, not in a screenshot.
    response.setHeader('Set-Cookie', access.cookie);
    response.redirect(303, '/');
  });
  app.get('/api/session', (request, response) => {
    if (!access.isToken(request.query['token'])) return deny(request, response, 'token');
    response.setHeader('Set-Cookie', access.cookie);
    response.setHeader('Cache-Control', 'no-store');
    response.status(204).end();
  });
  app.use((request, response, next) => {
    const denied = access.deny(request);
    if (denied) deny(request, response, denied);
    else next();
  });
  app.get('/api/health', (_, response) => void response.setHeader('Cache-Control', 'no-store').json(health()));
  app.get('/', (request, response, next) => {
    const index = page.get('/index.html');
    if (index) sendFile(index, request, response, next);
    else response.status(503).type('html').send(wayIn('page'));
  });
  app.use((request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') sendFile(page.get(request.path), request, response, next);
    else next();
  });
  app.use((request, response) => {
    const isKnown = request.path === '/' || request.path === '/api/health' || page.has(request.path);
    if (isKnown) response.setHeader('Allow', 'GET, HEAD');
    const [status, code, message] = isKnown
      ? [405, 'E_METHOD', 'Nothing can be changed here']
      : [404, 'E_NOT_FOUND', 'There is nothing at this address'];
    response.status(status as number).json({ error: { code, message, help: 'GET / is the page' } });
  });
  // Express knows an error handler by its four arguments.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    failed(error);
    if (response.headersSent) response.destroy();
    else answerFailure(response, statusOf(error));
  });
  return app;
}

function sendFile(file: PageFile | undefined, request: Request, response: Response, next: NextFunction): void {
  if (!file) return next();
  response.setHeader('ETag', file.etag);
  response.setHeader('Cache-Control', file.isHashed ? 'private, max-age=31536000, immutable' : 'private, no-cache');
  if (request.headers['if-none-match'] === file.etag) return void response.status(304).end();
  response.setHeader('Content-Type', file.type);
  response.send(file.bytes);
}

/** A person sees a page, a program sees JSON. */
function deny(request: Request, response: Response, denied: Denial): void {
  const { status, code, message, help } = denials[denied];
  response.status(status).setHeader('Cache-Control', 'no-store');
  if (request.path.startsWith('/api/') || request.accepts(['json', 'html']) !== 'html') response.json({ error: { code, message, help } });
  else response.type('html').send(wayIn(denied));
}

function answerFailure(response: Response, status: number): void {
  const [code, message] = status < 500 ? ['E_REQUEST', 'This is no request'] : ['E_BUG', 'The agent failed; its log says more'];
  response.status(status).json({ error: { code, message, help: 'GET / is the page' } });
}

/** What Express itself refuses (a path that cannot be decoded) carries a status. */
const statusOf = (error: unknown): number => {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
};
