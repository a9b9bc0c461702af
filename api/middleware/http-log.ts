import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import { scrubText } from '../../common/redaction.js';

/** One line for each answer of the API: method, path without query and secrets, status, time. The page's files and health checks stay silent. */
export function httpLog({ logger }: { logger: Logger }): RequestHandler {
  return pinoHttp({
    logger,
    genReqId: (req) => (req as { requestId?: string }).requestId ?? '',
    autoLogging: { ignore: (req) => !(req.url ?? '').startsWith('/v1/') },
    customLogLevel: (_req, res, error) => (error || res.statusCode >= 500 ? 'error' : 'info'),
    serializers: {
      req: (req: { id: unknown; method: unknown; url: unknown }) => ({
        id: req.id,
        method: req.method,
        path: pathOf(String(req.url)),
      }),
      res: (res: { statusCode: unknown }) => ({ statusCode: res.statusCode }),
      // The error handler has already written what there is to say.
      err: (error: Error) => ({ type: error.name }),
    },
  });
}

function pathOf(url: string): string {
  return scrubText(url.split(/[?#]/, 1)[0] ?? '');
}
