import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { canonicalJson } from '../../../common/notetaker-webhooks/canonical-json.js';
import {
  readNotetakerWebhook,
  type WebhookProvider,
} from '../../../common/notetaker-webhooks/index.js';

const now = Date.UTC(2026, 10, 25, 9);
const stamp = String(now / 1000);

function read(input: {
  provider: WebhookProvider;
  body: string | Uint8Array;
  headers: Record<string, string>;
  secrets?: string[];
  secret: string;
  now?: number;
}) {
  const { provider, body, headers, secret, secrets = [secret] } = input;
  return readNotetakerWebhook({
    provider,
    secrets,
    header: (name) => headers[name] ?? '',
    body: typeof body === 'string' ? Buffer.from(body) : body,
    now: input.now ?? now,
  });
}

describe('Recall.ai’s webhooks', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  const metadata = { key: 'test:acme:g1:s1:1', orgId: 'acme' };
  const current = JSON.stringify({
    event: 'bot.in_call_recording',
    data: {
      data: { code: 'in_call_recording', sub_code: null, updated_at: '2026-11-25T08:59:59Z' },
      bot: { id: 'b-1', metadata },
    },
  });
  const older = JSON.stringify({
    event: 'bot.status_change',
    data: {
      bot_id: 'b-1',
      status: { code: 'done', created_at: '2026-11-25T08:59:58Z', sub_code: null, message: null },
    },
  });
  const sign = (body: string, at = stamp, id = 'msg_1') =>
    `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`;
  const headersOf = (body: string, prefix = 'webhook', at = stamp) => ({
    [`${prefix}-id`]: 'msg_1',
    [`${prefix}-timestamp`]: at,
    [`${prefix}-signature`]: `v1,${'A'.repeat(43)}= ${sign(body, at)}`,
  });
  const receive = (body: string, headers: Record<string, string> = headersOf(body)) =>
    read({ provider: 'recall', secret, body, headers });

  it.each(['webhook', 'svix'])('of the present API, signed under %s-', (prefix) => {
    expect(receive(current, headersOf(current, prefix))).toEqual({
      kind: 'event',
      hint: {
        eventId: 'msg_1',
        botId: 'b-1',
        botKey: 'test:acme:g1:s1:1',
        metadata,
        occurredAt: now - 1_000,
      },
    });
  });

  it('of the API before, which carries no metadata', () => {
    expect(receive(older)).toEqual({
      kind: 'event',
      hint: {
        eventId: 'msg_1',
        botId: 'b-1',
        botKey: null,
        metadata: null,
        occurredAt: now - 2_000,
      },
    });
  });

  it('holds for either secret while one is exchanged', () => {
    const other = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    const headers = headersOf(current);
    expect(
      read({ provider: 'recall', secret, secrets: [other, secret], body: current, headers }).kind,
    ).toBe('event');
    expect(read({ provider: 'recall', secret: other, body: current, headers }).kind).toBe(
      'refused',
    );
  });

  it.each<[string, Record<string, string>]>([
    ['without headers', {}],
    ['of more than 5 min ago', headersOf(current, 'webhook', String(now / 1000 - 301))],
    ['signed over another body', headersOf(older)],
    ['signed for another id', { ...headersOf(current), 'webhook-id': 'msg_2' }],
    [
      'of another version',
      { ...headersOf(current), 'webhook-signature': sign(current).replace('v1,', 'v2,') },
    ],
  ])('%s are refused', (_case, headers) => {
    expect(receive(current, headers)).toEqual({ kind: 'refused' });
  });

  it.each<[string, string, string]>([
    ['recordings', '{"event":"recording.done","data":{"bot":{"id":"b-1"}}}', 'event'],
    ['something that nobody knows', '{"event":"calendar.update","data":{}}', 'ignored'],
    ['a transcript of no bot', '{"event":"transcript.done","data":{}}', 'ignored'],
    ['a bot without its id', '{"event":"bot.done","data":{"bot":{}}}', 'invalid'],
    ['no JSON', '{', 'malformed'],
    ['no event', '[]', 'invalid'],
  ])('about %s', (_case, body, kind) => {
    expect(receive(body).kind).toBe(kind);
  });
});

describe('Attendee’s webhooks', () => {
  const secret = Buffer.alloc(32, 7).toString('base64');
  const sign = (canonical: string) =>
    createHmac('sha256', Buffer.from(secret, 'base64')).update(canonical).digest('base64');
  const receive = (wire: string, signature: string) =>
    read({
      provider: 'attendee',
      secret,
      body: wire,
      headers: { 'x-webhook-signature': signature },
    });

  // What Python's json.dumps writes: on the wire by default, and sorted, dense and unescaped to sign.
  const wire =
    '{"idempotency_key": "0d3c", "bot_id": "bot_1", "bot_metadata": {"orgId": "acme", "10": "b", "9": "a", ' +
    '"\\uff5e": "fullwidth", "\\ud83d\\ude00": "smile"}, "trigger": "bot.state_change", ' +
    '"data": {"new_state": "ended", "old_state": "post_processing", "created_at": "2026-11-25T08:59:59.500000+00:00", ' +
    '"event_type": "post_processing_completed", "event_sub_type": null, ' +
    '"event_metadata": {"credits_consumed": 1.0, "bot_duration_seconds": 3600, "big": 12345678901234567890, "small": 1e-07}}}';
  const canonical =
    '{"bot_id":"bot_1","bot_metadata":{"10":"b","9":"a","orgId":"acme","～":"fullwidth","😀":"smile"},' +
    '"data":{"created_at":"2026-11-25T08:59:59.500000+00:00",' +
    '"event_metadata":{"big":12345678901234567890,"bot_duration_seconds":3600,"credits_consumed":1.0,"small":1e-07},' +
    '"event_sub_type":null,"event_type":"post_processing_completed","new_state":"ended","old_state":"post_processing"},' +
    '"idempotency_key":"0d3c","trigger":"bot.state_change"}';

  it('is signed over the canonical form, with every trap in one payload', () => {
    expect(canonicalJson(wire)).toBe(canonical);
    expect(receive(wire, sign(canonical))).toEqual({
      kind: 'event',
      hint: {
        eventId: '0d3c',
        botId: 'bot_1',
        botKey: null,
        metadata: { orgId: 'acme', '10': 'b', '9': 'a', '～': 'fullwidth', '😀': 'smile' },
        occurredAt: now - 500,
      },
    });
  });

  it('is not signed over the bytes that came, nor over JavaScript’s own form', () => {
    expect(receive(wire, sign(wire)).kind).toBe('refused');
    expect(receive(wire, sign(JSON.stringify(JSON.parse(wire)))).kind).toBe('refused');
    expect(receive(wire, '').kind).toBe('refused');
    expect(receive(wire.replace('1.0', '1.5'), sign(canonical)).kind).toBe('refused');
  });

  it.each<[string, string, string]>([
    ['an integral float', '{"a": 1.0}', '{"a":1.0}'],
    ['keys like integers', '{"b": 1, "10": 2, "9": 3}', '{"10":2,"9":3,"b":1}'],
    [
      'a number beyond 2^53',
      '[9007199254740993, -0, 1E+5, 1.50]',
      '[9007199254740993,-0,1E+5,1.50]',
    ],
    ['astral keys', '{"\\ud83d\\ude00": 1, "\\uff5e": 2}', '{"～":2,"😀":1}'],
    ['a key that begins another', '{"ab": 1, "a": 2, "": 3}', '{"":3,"a":2,"ab":1}'],
    ['escapes', '{"a": "\\u00e9\\u2028\\/\\"\\\\\\n\\u001f"}', '{"a":"é\u2028/\\"\\\\\\n\\u001f"}'],
    ['nothing inside', ' { "b" : [ ] , "a" : { } } ', '{"a":{},"b":[]}'],
    ['words', '[true, false, null]', '[true,false,null]'],
  ])('writes %s as Python does', (_case, given, expected) => {
    expect(canonicalJson(given)).toBe(expected);
  });

  it.each([
    '',
    '{',
    '{"a":1,}',
    '[1,]',
    '{"a" 1}',
    '01',
    '1.',
    'NaN',
    '"a',
    '{"a":1} x',
    '"\u0001"',
    '[".\\x"]',
    '['.repeat(5000),
  ])('%j is no JSON', (text) => {
    expect(canonicalJson(text)).toBeNull();
  });

  it('agrees with the parser about every JSON text, and gives itself again', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const once = canonicalJson(text);
        expect(once).not.toBeNull();
        expect(JSON.parse(once ?? '')).toEqual(JSON.parse(text));
        expect(canonicalJson(once ?? '')).toBe(once);
      }),
      { numRuns: 500, seed: 20_261_124 },
    );
  });

  it('takes and refuses the same texts as the parser', () => {
    const pieces = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"a"',
        ':',
        ',',
        '1',
        '.5',
        'e3',
        '-',
        'true',
        ' ',
        '"\\u00e9"',
        '\\',
        '"',
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join('');
        const isJson = (() => {
          try {
            JSON.parse(text);
            return true;
          } catch {
            return false;
          }
        })();
        expect(canonicalJson(text) !== null).toBe(isJson);
      }),
      { numRuns: 3000, seed: 20_261_124 },
    );
  });

  it.each<[string, string, string]>([
    [
      'a transcript',
      '{"trigger":"transcript.update","idempotency_key":"k","bot_id":"b"}',
      'ignored',
    ],
    ['a bot without its id', '{"trigger":"bot.state_change","idempotency_key":"k"}', 'invalid'],
    ['nothing', '[]', 'invalid'],
  ])('about %s', (_case, body, kind) => {
    expect(receive(body, sign(canonicalJson(body) ?? '')).kind).toBe(kind);
  });

  it('that is no UTF-8 is refused', () => {
    const headers = { 'x-webhook-signature': sign('"\ufffd"') };
    const body = Uint8Array.from([0x22, 0xff, 0x22]);
    expect(read({ provider: 'attendee', secret, body, headers }).kind).toBe('refused');
  });
});

describe('Vexa’s webhooks', () => {
  const secret = 'a secret as text';
  const event = (type: string, change?: object) =>
    JSON.stringify({
      event_id: `evt_${'a'.repeat(32)}`,
      event_type: type,
      api_version: '2026-03-01',
      created_at: '2026-11-25T08:59:57Z',
      data: {
        meeting: { id: 4711, platform: 'zoom', native_meeting_id: '84012345678', status: 'active' },
        ...(change === undefined ? {} : { status_change: change }),
      },
    });
  const headersOf = (body: string, at = stamp) => ({
    'x-webhook-timestamp': at,
    'x-webhook-signature': `sha256=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`,
    authorization: `Bearer ${secret}`,
  });
  const receive = (body: string, headers: Record<string, string> = headersOf(body)) =>
    read({ provider: 'vexa', secret, body, headers });

  it.each<[string, string, number]>([
    [
      'meeting.status_change',
      event('meeting.status_change', {
        old_status: 'joining',
        new_status: 'active',
        reason: null,
        transition_source: 'bot',
      }),
      now - 3_000,
    ],
    [
      'meeting.started',
      event('meeting.started', {
        from: 'joining',
        to: 'active',
        reason: null,
        timestamp: '2026-11-25T08:59:56',
        transition_source: 'bot',
      }),
      now - 4_000,
    ],
    ['meeting.completed', event('meeting.completed'), now - 3_000],
  ])('%s', (_case, body, occurredAt) => {
    expect(receive(body)).toEqual({
      kind: 'event',
      hint: {
        eventId: `evt_${'a'.repeat(32)}`,
        botId: '4711',
        botKey: null,
        metadata: null,
        occurredAt,
      },
    });
  });

  it('is taken when it is repeated hours later, and not after a day', () => {
    const body = event('meeting.completed');
    const headers = headersOf(body);
    const later = (hours: number) =>
      read({ provider: 'vexa', secret, body, headers, now: now + hours * 3_600_000 }).kind;
    expect([later(2), later(24), later(25)]).toEqual(['event', 'event', 'refused']);
  });

  it.each<[string, Record<string, string>]>([
    [
      'without a signature, whatever its bearer',
      { authorization: `Bearer ${secret}`, 'x-webhook-timestamp': stamp },
    ],
    ['signed over the body alone', { ...headersOf(''), 'x-webhook-timestamp': stamp }],
    ['of the future', headersOf(event('meeting.completed'), String(now / 1000 + 600))],
    ['without a time', headersOf(event('meeting.completed'), 'soon')],
  ])('%s is refused', (_case, headers) => {
    expect(receive(event('meeting.completed'), headers).kind).toBe('refused');
  });

  it.each<[string, string, string]>([
    ['something that nobody knows', event('meeting.sang'), 'ignored'],
    ['no meeting', '{"event_id":"e","event_type":"bot.failed","data":{}}', 'invalid'],
    ['no JSON', '{', 'malformed'],
  ])('about %s', (_case, body, kind) => {
    expect(receive(body).kind).toBe(kind);
  });
});

describe('any bytes', () => {
  it.each<WebhookProvider>(['pillar', 'recall', 'attendee', 'vexa'])(
    '%s: never throws',
    (provider) => {
      fc.assert(
        fc.property(
          fc.oneof(
            fc.uint8Array({ maxLength: 100 }),
            fc.json().map((text) => Buffer.from(text)),
          ),
          fc.dictionary(
            fc.constantFrom(
              'webhook-id',
              'webhook-timestamp',
              'webhook-signature',
              'x-webhook-signature',
              'x-webhook-timestamp',
              'pillar-webhook-id',
              'pillar-webhook-timestamp',
              'pillar-webhook-signature',
            ),
            fc.oneof(fc.string(), fc.constant(stamp)),
          ),
          (body, headers) => {
            expect(read({ provider, secret: 'c2VjcmV0', body, headers }).kind).toBe('refused');
          },
        ),
        { numRuns: 300, seed: 20_261_124 },
      );
    },
  );
});
