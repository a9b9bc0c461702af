import { array, assert, nat, property, record, string, tuple, uniqueArray } from 'fast-check';
import { createKeyedHash, secretsEqual } from '../../../common/keyed-hash.js';
import { createVault, VaultError } from '../../../common/vault.js';
import { keyRingOf, rotated } from './fixtures.js';

const keys = keyRingOf('k1');
const vault = createVault({ keys });
const context = { collection: 'credentials', document: 'org-1', field: 'clientSecret' };
const anyText = string({ unit: 'grapheme' });
const anyContext = record({ collection: anyText, document: anyText, field: anyText });

const failureOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

describe('the vault', () => {
  it('opens what it sealed, whatever it is', () => {
    assert(
      property(anyText, anyContext, (plaintext, place) => {
        expect(
          vault.open({ sealed: vault.seal({ plaintext, context: place }), context: place }),
        ).toBe(plaintext);
      }),
    );
  });

  it('opens nothing in which one character was changed', () => {
    assert(
      property(anyText, nat(), nat(63), (plaintext, position, replacement) => {
        const sealed = vault.seal({ plaintext, context });
        const at = position % sealed.length;
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
        const other = sealed[at] === alphabet[replacement] ? '.' : alphabet[replacement];
        const changed = `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`;
        if (changed === sealed) return;
        expect(failureOf(() => vault.open({ sealed: changed, context }))).toBeInstanceOf(
          VaultError,
        );
      }),
    );
  });

  it('opens nothing in another place', () => {
    assert(
      property(anyContext, anyContext, (here, there) => {
        if (JSON.stringify(here) === JSON.stringify(there)) return;
        const sealed = vault.seal({ plaintext: 'x', context: here });
        expect(failureOf(() => vault.open({ sealed, context: there }))).toMatchObject({
          code: 'unreadable',
        });
      }),
    );
  });

  it.each([
    ['a key that is gone', 'unknown_key', createVault({ keys: keyRingOf('k2') })],
    ['another key of the same id', 'unreadable', createVault({ keys: keyRingOf('k1') })],
  ])('does not open with %s, and the error holds no secret', (_what, code, other) => {
    const sealed = vault.seal({ plaintext: 'hunter2', context });
    const failure = failureOf(() => other.open({ sealed, context }));
    expect(failure).toBeInstanceOf(VaultError);
    expect(failure).toMatchObject({ code });
    const told = JSON.stringify(failure, Object.getOwnPropertyNames(failure));
    expect(told).not.toContain('hunter2');
    expect(told).not.toContain(sealed);
  });

  it.each(['', 'v2.k1.a.b.c', 'plain text', 'v1.k1..'])('calls %j malformed', (sealed) => {
    expect(failureOf(() => vault.open({ sealed, context }))).toMatchObject({ code: 'malformed' });
  });

  it('seals the same text differently each time', () => {
    const sealed = () => vault.seal({ plaintext: 'same', context });
    expect(sealed()).not.toBe(sealed());
    expect(sealed()).toMatch(/^v1\.k1\./);
  });

  it('opens older values after a rotation and tells that they want resealing', () => {
    const sealed = vault.seal({ plaintext: 'old', context });
    const now = createVault({ keys: rotated(keys, 'k2') });
    expect(now.open({ sealed, context })).toBe('old');
    expect(now.needsReseal(sealed)).toBe(true);
    expect(now.needsReseal(now.seal({ plaintext: 'old', context }))).toBe(false);
    expect(() => now.needsReseal('nonsense')).toThrow(VaultError);
  });
});

describe('the keyed hash', () => {
  const hash = createKeyedHash({ key: keys.current.key });

  it('differs for different parts, however they are cut', () => {
    assert(
      property(
        uniqueArray(array(anyText, { minLength: 1, maxLength: 4 }), {
          minLength: 2,
          maxLength: 6,
          selector: (parts) => JSON.stringify(parts),
        }),
        (several) => {
          const hashes = several.map(([purpose = '', ...parts]) => hash(purpose, ...parts));
          expect(new Set(hashes).size).toBe(several.length);
        },
      ),
    );
    expect(hash('a', 'bc')).not.toBe(hash('ab', 'c'));
  });

  it('is the same for the same key and parts, and another with another key', () => {
    const other = createKeyedHash({ key: keyRingOf('x').current.key });
    expect(hash('mail', 'a@b.example')).toBe(hash('mail', 'a@b.example'));
    expect(hash('mail', 'a@b.example')).toMatch(/^[0-9a-f]{64}$/);
    expect(other('mail', 'a@b.example')).not.toBe(hash('mail', 'a@b.example'));
  });

  it('compares secrets of any length', () => {
    assert(
      property(tuple(anyText, anyText), ([a, b]) => {
        expect(secretsEqual(a, b)).toBe(a === b);
        expect(secretsEqual(a, a)).toBe(true);
      }),
    );
  });
});
