import fc from 'fast-check';
import { createKeyedHash } from '../../../common/keyed-hash.js';
import {
  type ChoiceLink,
  choiceUrl,
  interviewerHash,
  openLink,
  optOutUrl,
  signLink,
} from '../../../common/signed-links.js';

const keyedHash = createKeyedHash({ key: Buffer.alloc(32, 7) });
const otherHash = createKeyedHash({ key: Buffer.alloc(32, 8) });
const now = Date.UTC(2026, 10, 24);

const link: ChoiceLink = {
  kind: 'choice',
  orgId: 'acme',
  generation: 'life-1',
  interviewId: 'interview/42',
  action: 'send_now',
  by: 'link:alert',
  until: now + 1,
};

describe('a token that is not good', () => {
  it.each(['', ' ', 'abc', 'a'.repeat(5_000), '../../etc', '%00', 'é'])(
    'opens nothing: %j',
    (text) => {
      expect(openLink(keyedHash, text, now)).toBeNull();
    },
  );

  it('opens nothing once it has expired, or with another key', () => {
    const token = signLink(keyedHash, link);
    expect(openLink(keyedHash, token, link.until)).toBeNull();
    expect(openLink(otherHash, token, now)).toBeNull();
  });

  it('opens nothing when any one of its characters was changed', () => {
    const token = signLink(keyedHash, link);
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const forged = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
      expect(openLink(keyedHash, forged, now)).toBeNull();
    }
  });

  it('opens nothing, whatever text it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        expect(openLink(keyedHash, text, now)).toBeNull();
      }),
    );
  });

  it('is not made for what is no payload', () => {
    const wrong = { ...link, email: 'ada@example.com' } as unknown as ChoiceLink;
    expect(() => signLink(keyedHash, wrong)).toThrow('unrecognized_keys');
  });
});

describe('a signed link', () => {
  it('says what was signed, in characters of a URL, and shows none of it', () => {
    const token = signLink(keyedHash, link);
    expect(openLink(keyedHash, token, now)).toEqual(link);
    expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('acme');
  });

  it('is the same for the same payload, whatever the order of its fields, and else another', () => {
    const turned = Object.fromEntries(Object.entries(link).toReversed()) as unknown as ChoiceLink;
    expect(signLink(keyedHash, turned)).toBe(signLink(keyedHash, link));
    expect(signLink(keyedHash, { ...link, action: 'skip' })).not.toBe(signLink(keyedHash, link));
  });

  it('holds any ids', () => {
    const id = fc.string({ minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(id, id, (orgId, interviewId) => {
        const made = { ...link, orgId, interviewId };
        expect(openLink(keyedHash, signLink(keyedHash, made), now)).toEqual(made);
      }),
    );
  });

  it('points below the public address', () => {
    const { kind, ...choice } = link;
    const url = choiceUrl({ keyedHash, publicUrl: 'https://pillar.example', link: choice });
    const [, token = ''] = /^https:\/\/pillar\.example\/l\/([\w-]+)$/.exec(url) ?? [];
    expect(openLink(keyedHash, token, now)).toEqual({ ...choice, kind });
  });

  it('lets an interviewer opt out for about a year, named by a hash alone', () => {
    const input = { keyedHash, publicUrl: 'https://pillar.example', orgId: 'acme', userId: 'u-1' };
    const token = optOutUrl({ ...input, now }).split('/opt-out/')[1] ?? '';
    const opened = openLink(keyedHash, token, now + 364 * 24 * 3_600_000);
    expect(opened).toMatchObject({ kind: 'opt_out', userHash: interviewerHash(keyedHash, input) });
    expect(optOutUrl({ ...input, now: now + 3_600_000 })).toBe(
      optOutUrl({ ...input, now: now + 7_200_000 }),
    );
    expect(openLink(keyedHash, token, now + 367 * 24 * 3_600_000)).toBeNull();
  });
});
