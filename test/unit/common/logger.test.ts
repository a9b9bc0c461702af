import { createLogger, temporalLogger } from '../../../common/logger.js';

const capture = () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ level: 'trace', name: 'test', destination });
  return { logger, text: () => lines.join(''), last: () => JSON.parse(lines.at(-1) ?? '{}') };
};

const secret = 'sk-very-secret-0123456789';

describe('the logger', () => {
  it.each([
    ['authorization', { a: { b: { c: { headers: { Authorization: secret } } } } }],
    ['cookies', { request: [{ headers: { 'set-cookie': [secret] } }] }],
    ['client secrets', { installation: { clientSecret: secret } }],
    ['tokens', { answer: { access_token: secret, expiresIn: 3600 } }],
    ['API keys', { x: { y: { z: [{ 'x-api-key': secret }] } } }],
    ['links', { interview: { meetingLink: secret } }],
    ['emails', { candidate: { emails: [secret] } }],
    ['keys as bytes', { key: Buffer.from(secret) }],
    ['maps', { held: new Map([['password', secret]]) }],
  ])('leaves %s out at any depth', (_what, fields) => {
    const { logger, text, last } = capture();
    logger.info({ orgId: 'org-1', ...fields }, 'done');
    expect(text()).not.toContain(secret);
    expect(text()).not.toContain(Buffer.from(secret).toString('base64'));
    expect(last()).toMatchObject({ orgId: 'org-1', msg: 'done', level: 'info', name: 'test' });
  });

  it('leaves people and links out of free text', () => {
    const { logger, text } = capture();
    logger.warn('550 <jane.doe@candidate.example> refused, see https://zoom.us/j/123?pwd=abc');
    logger.info(
      { note: 'GET /consent/tok_123456 with Bearer abcdefghijkl' },
      'sent to %s',
      'a@b.example',
    );
    logger.info({ uri: 'mongodb://user:pass@db.example/x' });
    for (const hidden of [
      'jane.doe',
      'pwd',
      '/j/123',
      'tok_123456',
      'abcdefghijkl',
      'a@b',
      'pass',
    ]) {
      expect(text()).not.toContain(hidden);
    }
    expect(text()).toContain('https://zoom.us/');
    expect(text()).toContain('db.example');
  });

  it('keeps type, message and causes of an error and drops what HTTP clients attach', () => {
    const { logger, text, last } = capture();
    const cause = Object.assign(new TypeError('answered 401'), {
      request: { headers: { authorization: secret }, url: secret },
      response: { body: secret },
      options: { headers: { authorization: secret } },
      status: 401,
    });
    const error = new Error(`for jane@candidate.example`, { cause });
    logger.error({ err: error, orgId: 'org-1' }, 'failed');
    logger.error(new AggregateError([cause], 'several'));
    expect(text()).not.toContain(secret);
    expect(text()).not.toContain('jane@');
    expect(last().err).toMatchObject({
      type: 'AggregateError',
      message: 'several',
      errors: [{ type: 'TypeError', message: 'answered 401', status: 401 }],
    });
    expect(last().msg).toBe('several');
  });

  it('leaves secrets out of what child loggers and request logs carry', () => {
    const { logger, text, last } = capture();
    logger.child({ orgId: 'org-1', session: { token: secret } }).info('one');
    const req = { id: 'r1', method: 'GET', url: `/consent/${secret}`, headers: { cookie: secret } };
    logger.info({ req, res: { statusCode: 200, headers: { 'set-cookie': secret } } });
    expect(text()).not.toContain(secret);
    expect(last()).toMatchObject({ req: { id: 'r1', method: 'GET' }, res: { statusCode: 200 } });
  });

  it('survives circles and big integers', () => {
    const { logger, last } = capture();
    const circle: Record<string, unknown> = { id: 1n };
    circle.self = circle;
    logger.info({ circle });
    expect(last().circle.id).toBe('1');
  });

  it('writes what the Temporal SDK says at its level', () => {
    const { logger, last } = capture();
    const temporal = temporalLogger(logger);
    temporal.log('WARN', 'activity failed', { workflowId: 'w1', error: new Error('x@y.example') });
    expect(last()).toMatchObject({ level: 'warn', msg: 'activity failed', workflowId: 'w1' });
    expect(last().error.message).toBe('[redacted]');
    temporal.error('no meta');
    expect(last()).toMatchObject({ level: 'error', msg: 'no meta' });
  });
});
