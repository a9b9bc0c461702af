import type { NextFunction, Request, Response } from 'express';

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The URL if it is http(s) on this machine, else null. */
export function loopbackUrl(text: unknown): URL | null {
  if (typeof text !== 'string' || !URL.canParse(text)) {
    return null;
  }
  const url = new URL(text);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isWeb && loopbackHosts.has(url.hostname) ? url : null;
}

/**
 * Refuses (403) calls by another name than loopback and pages from elsewhere, and lets pages on
 * loopback read answers with the visitor's cookie.
 */
export function loopbackOnly(request: Request, response: Response, next: NextFunction): void {
  const origin = request.get('origin');
  const isOwnName = loopbackUrl(`http://${request.get('host') ?? ''}`) !== null;
  if (!isOwnName || (origin !== undefined && loopbackUrl(origin) === null)) {
    response.status(403).json({ code: 'forbidden' });
    return;
  }
  response.vary('Origin');
  if (origin !== undefined) {
    response.set({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'content-type',
      'access-control-allow-methods': 'GET, POST',
    });
  }
  if (request.method === 'OPTIONS') {
    response.status(204).end();
    return;
  }
  next();
}
