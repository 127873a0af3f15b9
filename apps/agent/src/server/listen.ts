import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorCode, refused, sayError } from '../host/index.ts';

/** Nothing is served beyond this machine. */
const LOOPBACK = '127.0.0.1';
/** Pages with their sockets, and some requests of each. */
const MAX_CONNECTIONS = 512;

/** A server that listens on loopback, at a free port for 0. Throws E_PORT_TAKEN or E_PORT. Nobody is answered before a handler is added. */
export async function listen(port: number): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refusalOf(error, port)));
    server.listen(port, LOOPBACK, resolve);
  });
  // Any user of the machine can connect: he must not use up the descriptors that the recording needs.
  server.maxConnections = MAX_CONNECTIONS;
  // Small requests only: a page, a cookie, a few words.
  server.maxHeadersCount = 64;
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  return { server, port: (server.address() as AddressInfo).port };
}

function refusalOf(error: Error, port: number): Error {
  const help = 'Choose another with --port; --port 0 picks a free one';
  if (errorCode(error) === 'EADDRINUSE')
    return refused('E_PORT_TAKEN', `port ${port} of ${LOOPBACK} is taken by another program`, help, error);
  if (errorCode(error) === 'EACCES') return refused('E_PORT', `port ${port} may only be used by root`, help, error);
  return refused('E_PORT', `port ${port} of ${LOOPBACK} cannot be used: ${sayError(error)}`, help, error);
}
