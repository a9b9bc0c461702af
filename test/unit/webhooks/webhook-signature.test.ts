import fc from 'fast-check';
import {
  signWebhook,
  verifyWebhook,
  type WebhookHeaders,
} from '../../../common/webhook-signature.js';

/** The vendor's published example (page "Webhooks: generate secret key"; dossier 4.13). */
const secret = 'HeBVky2bccvvkcXPimH8c';
const body = Buffer.from('{"job_id":"jid","candidate_id":"cid"}');
const hex = '2e9291f10d44ca10204a4cd81b05d73b6a316b2b605d4e2e0e0b37b40198ce1f';
const headers: WebhookHeaders = {
  signature: `v1=${hex}`,
  timestamp: '1574080897',
  eventId: '123',
  eventName: 'application.created',
  eventVersion: 'v201910',
  link: '<http://smartrecruiters.com/endpoint>; rel=self',
};
const now = 1_574_080_897_000;

function verdict(part: {
  headers?: Partial<WebhookHeaders>;
  body?: Uint8Array;
  now?: number;
  secrets?: string[];
}) {
  return verifyWebhook({
    secrets: part.secrets ?? [secret],
    headers: { ...headers, ...part.headers },
    body: part.body ?? body,
    now: part.now ?? now,
  });
}

describe('the signature of a webhook', () => {
  it('is the one that the vendor publishes', () => {
    expect(signWebhook({ secret, headers, body })).toBe(hex);
    expect(verdict({})).toBe('genuine');
  });

  it.each<[string, Parameters<typeof verdict>[0]]>([
    ['no secret', { secrets: [] }],
    ['another secret', { secrets: ['another'] }],
    ['no signature', { headers: { signature: '' } }],
    ['a signature of another scheme', { headers: { signature: `v2=${hex}` } }],
    ['a signature in capitals', { headers: { signature: `v1=${hex.toUpperCase()}` } }],
    ['half of a signature', { headers: { signature: `v1=${hex.slice(0, 32)}` } }],
    ['no time', { headers: { timestamp: '' } }],
    ['a time that is none', { headers: { timestamp: 'now' } }],
    ['no link where one was signed', { headers: { link: '' } }],
    ['the body with a space', { body: Buffer.from('{"job_id":"jid", "candidate_id":"cid"}') }],
    [
      'more items than there are keys',
      { headers: { signature: `${'v1=00;'.repeat(40)}v1=${hex}` } },
    ],
  ])('refuses %s', (_name, part) => {
    expect(verdict(part)).toBe('forged');
  });

  it('takes any live key, whichever of the items is by it', () => {
    const foreign = `v1=${'0'.repeat(64)}`;
    for (const signature of [`${foreign};v1=${hex}`, `v1=${hex};${foreign}`, ` v1=${hex} `]) {
      expect(verdict({ headers: { signature }, secrets: ['newer', secret] })).toBe('genuine');
    }
  });

  it('signs headers that are missing as empty texts', () => {
    const bare = { ...headers, eventVersion: '', link: '' };
    const signature = `v1=${signWebhook({ secret, headers: bare, body })}`;
    expect(verdict({ headers: { ...bare, signature } })).toBe('genuine');
  });

  it('tells one whose time is more than five minutes off from one that is forged', () => {
    const window = 5 * 60_000;
    expect(verdict({ now: now + window })).toBe('genuine');
    expect(verdict({ now: now - window })).toBe('genuine');
    expect(verdict({ now: now + window + 1 })).toBe('stale');
    expect(verdict({ now: now - window - 1 })).toBe('stale');
    expect(verdict({ now: now + window + 1, secrets: ['another'] })).toBe('forged');
  });

  it('refuses every change of any byte of the body', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, place, change) => {
          const signature = `v1=${signWebhook({ secret, headers, body: bytes })}`;
          expect(verdict({ body: bytes, headers: { signature } })).toBe('genuine');
          const other = Uint8Array.from(bytes);
          const at = place % other.length;
          other[at] = (other[at] ?? 0) ^ change;
          expect(verdict({ body: other, headers: { signature } })).toBe('forged');
        },
      ),
      { numRuns: 200, seed: 20_261_124 },
    );
  });

  it('refuses every other value of a signed header', () => {
    const signed = ['eventId', 'eventName', 'eventVersion', 'link'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...signed), fc.string({ unit: 'binary' }), (name, value) => {
        fc.pre(!headers[name].startsWith(value) || value.length < headers[name].length);
        fc.pre(Buffer.from(value, 'latin1').toString('latin1') !== headers[name]);
        expect(verdict({ headers: { [name]: value } })).toBe('forged');
      }),
      { numRuns: 200, seed: 20_261_124 },
    );
  });
});
