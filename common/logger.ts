import type { Logger as TemporalLogger } from '@temporalio/common';
import {
  type ChildLoggerOptions,
  type DestinationStream,
  type Logger,
  pino,
  stdTimeFunctions,
} from 'pino';
import type { LogLevel } from './config.js';
import { redact, scrubText } from './redaction.js';

export type { Logger };

type Fields = Record<string, unknown>;

const redactFields = (fields: object): Fields => redact(fields, 'top') as Fields;

/**
 * The logger of a process: one JSON object a line on stdout, or to `destination`.
 *
 * Secrets and people are taken out before a line is written: by field name at any depth, and by
 * form (mail addresses, links, bearer tokens) in every text, the message and stack traces included.
 * Errors lose the request and response objects that HTTP clients attach to them.
 */
export const createLogger = ({
  level,
  name,
  destination,
}: {
  level: LogLevel;
  name: string;
  destination?: DestinationStream;
}): Logger => {
  const options = {
    level,
    name,
    base: { name },
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
    },
    // Serializers of pino-http run after the hook below, so what they add is taken out here.
    redact: {
      paths: [
        'req.headers.authorization',
        'req.headers.cookie',
        'req.headers["x-api-key"]',
        'req.headers["x-smarttoken"]',
        'req.query',
        'req.params',
        'req.remoteAddress',
        'res.headers["set-cookie"]',
        'res.headers.location',
      ],
      censor: '[redacted]',
    },
    serializers: {
      // Already a plain object here; pino's own would take it for an error of type Object.
      err: (error: unknown) => (error instanceof Error ? redact(error) : error),
      req: (request: { id?: unknown; method?: unknown; url?: unknown }) => ({
        id: request.id,
        method: request.method,
        url: typeof request.url === 'string' ? scrubText(request.url) : undefined,
      }),
      res: (response: { statusCode?: unknown }) => ({ statusCode: response.statusCode }),
    },
    hooks: {
      logMethod(
        this: Logger,
        args: Parameters<Logger['info']>,
        method: (...lineArgs: Parameters<Logger['info']>) => void,
      ) {
        const [first, ...rest]: unknown[] = args;
        const cleaned = [
          first instanceof Error
            ? { err: redact(first) }
            : typeof first === 'object' && first !== null
              ? redactFields(first)
              : redact(first),
          ...rest.map((value) => redact(value)),
        ];
        method.apply(this, cleaned as Parameters<Logger['info']>);
      },
    },
  };
  const logger = destination ? pino(options, destination) : pino(options);

  // pino drops a bindings formatter for child loggers, and children inherit these two methods.
  const inherited: {
    child(this: Logger, bindings: Fields, childOptions?: ChildLoggerOptions): Logger;
    setBindings(this: Logger, bindings: Fields): void;
  } = Object.getPrototypeOf(logger);
  Object.assign(logger, {
    child(this: Logger, bindings: Fields, childOptions?: ChildLoggerOptions) {
      return inherited.child.call(this, redactFields(bindings), childOptions);
    },
    setBindings(this: Logger, bindings: Fields) {
      inherited.setBindings.call(this, redactFields(bindings));
    },
  });
  return logger;
};

const pinoMethods = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const;

/** Lets the Temporal SDK write through our logger: `Runtime.install({ logger: temporalLogger(logger) })`. */
export const temporalLogger = (logger: Logger): TemporalLogger => ({
  log: (level, message, meta) => logger[pinoMethods[level]](meta ?? {}, message),
  trace: (message, meta) => logger.trace(meta ?? {}, message),
  debug: (message, meta) => logger.debug(meta ?? {}, message),
  info: (message, meta) => logger.info(meta ?? {}, message),
  warn: (message, meta) => logger.warn(meta ?? {}, message),
  error: (message, meta) => logger.error(meta ?? {}, message),
});
