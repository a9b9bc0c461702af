/**
 * Takes secrets and people out of what goes to a log.
 *
 * Two nets, because either alone has holes: field names catch secrets without a recognisable form,
 * forms catch addresses and links inside free text such as a mail server's error message.
 */

const censored = '[redacted]';

const deepest = 8;

/** Compared with the end of a field's name in lower case without `-` and `_`. */
const secretNames =
  /(authorization|cookies?|tokens?|secrets?|passw(or)?d|passphrase|apikey|privatekey|(?<!has)credentials?|signature|emails?|emailaddress|links?|phone|phonenumber|firstname|lastname|fullname|candidatename|attendees|recipients?|subscriptionkey)$/;

/** What HTTP clients hang on their errors; each of them leads to headers. */
const httpClientNames = new Set(['request', 'response', 'options', 'config', 'headers', 'socket']);

const textRules: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>]+@/gi, `$1${censored}@`],
  [/\b(https?:\/\/[^\s/?#"'<>]+)[/?#][^\s"'<>)\]}]+/gi, '$1/…'],
  [/(\/consent\/|\/opt-out\/|\/webhooks\/smartrecruiters\/)[^\s/?#"']+/g, `$1${censored}`],
  [/(\/l\/)[A-Za-z0-9_-]{16,}/g, `$1${censored}`],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${censored}`],
  [/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, censored],
  [/[^\s@"'<>(),:;=[\]]+@[^\s@"'<>(),:;=[\]]+\.[a-z]{2,}/gi, censored],
];

/** The text without mail addresses, links beyond their origin, bearer tokens and secret paths. */
export const scrubText = (text: string): string =>
  textRules.reduce((scrubbed, [form, replacement]) => scrubbed.replace(form, replacement), text);

const isSecretName = (name: string): boolean =>
  secretNames.test(name.toLowerCase().replace(/[-_]/g, ''));

const redactError = (error: Error, depth: number): Record<string, unknown> => {
  const fields: Record<string, unknown> = {
    type: error.constructor.name,
    message: scrubText(error.message),
    stack: scrubText(error.stack ?? ''),
  };
  for (const [name, value] of Object.entries(error)) {
    if (httpClientNames.has(name) || name in fields) continue;
    fields[name] = redactField(name, value, depth + 1);
  }
  if (error.cause !== undefined) fields.cause = redactValue(error.cause, depth + 1);
  if (error instanceof AggregateError) {
    fields.errors = error.errors.map((inner: unknown) => redactValue(inner, depth + 1));
  }
  return fields;
};

const hasToJson = (value: object): value is { toJSON: () => unknown } =>
  'toJSON' in value && typeof value.toJSON === 'function';

const redactField = (name: string, value: unknown, depth: number): unknown => {
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  return isSecretName(name) ? censored : redactValue(value, depth);
};

const redactValue = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return scrubText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepest) return '[deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return '[bytes]';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Map) return redactValue(Object.fromEntries(value), depth + 1);
  if (value instanceof Set) return redactValue([...value], depth + 1);
  if (hasToJson(value)) return redactValue(value.toJSON(), depth + 1);
  if (Array.isArray(value)) return value.map((item: unknown) => redactValue(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, redactField(name, field, depth + 1)]),
  );
};

/**
 * A copy of `value` without secrets and people, fit for JSON; errors become plain objects.
 *
 * With `at: 'top'` the fields `req` and `res` are left alone: pino's serializers reduce them, and
 * they must see the objects themselves.
 */
export const redact = (value: unknown, at: 'top' | 'inside' = 'inside'): unknown => {
  if (at === 'inside' || typeof value !== 'object' || value === null) return redactValue(value, 0);
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      name === 'req' || name === 'res' ? field : redactField(name, field, 1),
    ]),
  );
};
